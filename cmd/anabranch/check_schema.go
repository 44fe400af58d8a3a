package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// schemaFlag lets check say what new schemas would break.
func (c *checking) schemaFlag(command *cobra.Command) {
	command.Flags().StringArrayVar(&c.schemas, "schema", nil, "say what a new schema would break: `STREAM=FILE`; may be repeated")
}

// changed reads the new schemas, by stream.
func (c *checking) changed() (map[string]*schemas.Schema, error) {
	changed := map[string]*schemas.Schema{}
	for _, value := range c.schemas {
		stream, file, ok := strings.Cut(value, "=")
		switch {
		case !ok || stream == "" || file == "":
			return nil, usagef("--schema %q: want STREAM=FILE, such as signups=new.avsc", value)
		case changed[stream] != nil:
			return nil, usagef("--schema: stream %s stands there twice", stream)
		}
		schema, err := schemas.Load(file)
		if err != nil {
			return nil, usagef("--schema %s: %w", stream, err)
		}
		changed[stream] = schema
	}
	return changed, nil
}

// blast prints what the new schemas would break in one file.
func (c *checking) blast(w io.Writer, colour bool, files []string) error {
	if len(files) > 1 {
		return usagef("--schema is about one FILE, got %d", len(files))
	}
	if err := oneOf("-o with --schema", c.output, "human", "json"); err != nil {
		return err
	}
	changed, err := c.changed()
	if err != nil {
		return err
	}
	text, err := readPipeline(files[0])
	if err != nil {
		return err
	}
	file := shown(files[0])
	b, err := topology.BlastOf(file, text, topology.Options{}, changed)
	var problems diagnostic.Problems
	switch {
	case errors.As(err, &problems):
		if err := c.print(w, colour, finding{file: file, problems: problems}); err != nil {
			return err
		}
		return &status{code: exitConfig, err: errors.New("the file is wrong without new schemas; repair it first")}
	case err != nil:
		return usagef("--schema: %w", err)
	}
	if c.output == "json" {
		err = writeJSON(w, blastOf(file, b))
	} else {
		printBlast(w, colour, file, b)
	}
	if err == nil && !c.survives(b) {
		return &status{code: exitConfig}
	}
	return err
}

// survives tells whether nothing breaks, nor warns where warnings are denied.
func (c *checking) survives(b *topology.Blast) bool { return b.OK() && !(c.deny && len(b.Broken) > 0) }

// printBlast prints for each new schema how it goes with the old one, and then what breaks in the file.
func printBlast(w io.Writer, colour bool, file string, b *topology.Blast) {
	for _, c := range b.Changes {
		printNewSchema(w, c)
	}
	problems := make(diagnostic.Problems, len(b.Broken))
	for i, p := range b.Broken {
		problems[i] = p.Problem
	}
	if printProblems(w, colour, problems); len(problems) > 0 {
		fmt.Fprintln(w)
	}
	counts := map[string]int{}
	told := map[string]bool{}
	for _, p := range b.Broken {
		text := strings.TrimPrefix(p.Owner, p.Kind+" ")
		if p.Kind == "expression" {
			text += ": " + strings.Join(strings.Fields(p.Expression), " ")
		}
		if told[p.Kind+text] || p.Warning {
			continue
		}
		told[p.Kind+text] = true
		counts[p.Kind]++
		printLabelled(w, "breaks "+p.Kind, text)
	}
	fmt.Fprintf(w, "%s: %s\n", file, summed(counts, b.Changes))
}

func printNewSchema(w io.Writer, c topology.Change) {
	fmt.Fprintf(w, "stream %s: %s → %s\n", c.Stream, c.Old.File, c.New.File)
	printReasons(w, "new reads old", c.Verdict.Backward)
	printReasons(w, "old reads new", c.Verdict.Forward)
	if c.Untold != "" {
		printLabelled(w, "told apart", "no: "+c.Untold+"; values have no schema id")
	}
	for _, one := range c.Mistaken {
		printLabelled(w, "takes for", one.Error())
	}
	kept := "kept"
	if !c.OK() {
		kept = "broken"
	}
	printLabelled(w, "compatibility", string(c.Mode)+", "+kept)
	if len(c.Carried) > 0 {
		printLabelled(w, "passes on to", strings.Join(c.Carried, ", "))
	}
	fmt.Fprintln(w)
}

// printReasons prints a verdict: yes, or no with every reason.
func printReasons(w io.Writer, label string, reasons schemas.Incompatibilities) {
	if len(reasons) == 0 {
		printLabelled(w, label, "yes")
	}
	for _, reason := range reasons {
		printLabelled(w, label, "no: "+reason.Error())
		label = ""
	}
}

// printLabelled prints a text behind a label, in lines that stay readable beside each other.
func printLabelled(w io.Writer, label, text string) {
	const indent, width = 19, 80
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			fmt.Fprintf(w, "  %-*s%s\n", indent, label, line)
			label, line = "", ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	fmt.Fprintf(w, "  %-*s%s\n", indent, label, line)
}

// summed words what breaks, by kind in the order of the file's sections.
func summed(counts map[string]int, changes []topology.Change) string {
	var parts []string
	for _, kind := range []string{"stream", "operator", "expression", "test"} {
		if n := counts[kind]; n > 0 {
			parts = append(parts, plural(n, kind))
		}
	}
	text := "breaks " + cmp.Or(strings.Join(parts, ", "), "nothing")
	unkept := 0
	for _, c := range changes {
		if !c.OK() {
			unkept++
		}
	}
	if unkept > 0 {
		text += fmt.Sprintf("; %s not compatible", plural(unkept, "new schema"))
	}
	return text
}
