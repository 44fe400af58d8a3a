package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestCommandReference holds docs/reference/commands.md against the commands.
func TestCommandReference(t *testing.T) {
	const path = "../../docs/reference/commands.md"
	var b strings.Builder
	b.WriteString("# Commands\n\nWhat `anabranch COMMAND --help` prints. [The command line](../cli.md) says what they are for.\n")
	command := root()
	command.InitDefaultCompletionCmd()
	describe(&b, command)
	got := b.String()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is out of step; run: go test ./cmd/anabranch -run CommandReference -update", path)
	}
}

// describe writes a command and those below it.
func describe(b *strings.Builder, c *cobra.Command) {
	if c.Hidden || c.Name() == "help" {
		return
	}
	if c.HasParent() && c.Parent().Name() == "completion" {
		return // each shell's is the same but for how it is installed, which --help says
	}
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	fmt.Fprintf(b, "\n## %s\n\n", c.CommandPath())
	if c.Runnable() {
		fmt.Fprintf(b, "```\n%s\n```\n\n", c.UseLine())
	}
	paragraphs(b, text)
	flags := c.NonInheritedFlags()
	if c.HasParent() && flags.HasAvailableFlags() || c.PersistentFlags().HasAvailableFlags() {
		b.WriteString("\n| flag | meaning |\n|---|---|\n")
		flags.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				fmt.Fprintf(b, "| %s | %s |\n", flagName(f), strings.ReplaceAll(flagMeaning(f), "|", "\\|"))
			}
		})
	}
	for _, below := range c.Commands() {
		describe(b, below)
	}
}

// paragraphs writes text; lines that are indented are examples.
func paragraphs(b *strings.Builder, text string) {
	example := false
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != example {
			if indented && !strings.HasSuffix(b.String(), "\n\n") {
				b.WriteString("\n")
			}
			b.WriteString("```\n")
			example = indented
		}
		b.WriteString(line + "\n")
	}
	if example {
		b.WriteString("```\n")
	}
}

func flagName(f *pflag.Flag) string {
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if value, _ := pflag.UnquoteUsage(f); value != "" {
		name += " " + value
	}
	return "`" + strings.ReplaceAll(name, "|", "\\|") + "`"
}

func flagMeaning(f *pflag.Flag) string {
	_, meaning := pflag.UnquoteUsage(f)
	switch f.DefValue {
	case "", "false", "0", "[]", "0s", "-1":
		return meaning
	}
	return fmt.Sprintf("%s (default `%s`)", meaning, f.DefValue)
}
