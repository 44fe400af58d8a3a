package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandLine is how the documents show a command.
const commandLine = "$ go run ./cmd/anabranch "

var console = regexp.MustCompile("(?s)```console\n(.*?)```")

// varying is what differs from run to run: times, rates, and how many transactions there were.
var varying = []struct{ pattern, with string }{
	{`\d+\.\d+ s\b`, "N s"},
	{`[\d,]+ events/s`, "N events/s"},
	{`\d+ commits?(, \d+ aborts?)?`, "N commits"},
	{`[123] worker crash(es)?, [123] with`, "N worker crashes, N with"},
}

// TestDocuments runs every command that the documents show, and wants the output that they show.
func TestDocuments(t *testing.T) {
	t.Chdir("../..")
	more, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(more, "README.md") {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := console.ReplaceAllStringFunc(string(text), func(block string) string { return rerun(t, block) })
			if *update && got != string(text) {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if a, b := steady(string(text)), steady(got); a != b {
				t.Errorf("the document shows\n%s\nand the commands print\n%s", a, b)
			}
		})
	}
}

// rerun gives a console block with what its commands print now.
func rerun(t *testing.T, block string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := "```console\n"
	for line := range strings.Lines(block) {
		args, ok := strings.CutPrefix(line, commandLine)
		if !ok {
			continue
		}
		command := exec.CommandContext(t.Context(), program)
		command.Args = append([]string{"anabranch"}, strings.Fields(args)...)
		printed, err := command.CombinedOutput()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			t.Fatalf("%s: %v", line, err)
		}
		out += line + string(printed)
	}
	return out + "```"
}

// steady takes out what differs from run to run.
func steady(text string) string {
	for _, v := range varying {
		text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.with)
	}
	return text
}
