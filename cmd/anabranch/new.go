package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anabranch-go/anabranch/pipelines"
	"github.com/anabranch-go/anabranch/schemas"
)

func newCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new [PATTERN [DIR]]",
		Short: "Write a working pipeline of a pattern, with its schema, tests and events",
		Long: `New writes the example of a pattern into DIR, by default one of the pattern's name: the pipeline file with its tests, the
schema that it reads, the schema of the language for editors, and events to feed it. It writes over nothing. Without PATTERN
it lists the patterns.`,
		Args: arguments(0, 2, "at most a PATTERN and a DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listPatterns(c.OutOrStdout())
			}
			dir := args[0]
			if len(args) == 2 {
				dir = args[1]
			}
			return writePattern(c.OutOrStdout(), args[0], dir)
		},
	}
}

// patterns are the names of the examples.
func patterns() ([]string, error) {
	files, err := fs.Glob(pipelines.Files, "*.yaml")
	if err != nil {
		return nil, err
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	return files, nil
}

// listPatterns prints each pattern with the first sentence of its file.
func listPatterns(w io.Writer) error {
	names, err := patterns()
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := pipelines.Files.ReadFile(name + ".yaml")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%-18s %s\n", name, firstSentence(string(text)))
	}
	return nil
}

// firstSentence is that of the comment at the head of a pipeline file.
func firstSentence(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		line, comment := strings.CutPrefix(line, "# ")
		if !comment {
			break
		}
		if strings.HasPrefix(line, "yaml-language-server:") {
			continue
		}
		words = append(words, strings.Fields(line)...)
	}
	sentence, _, _ := strings.Cut(strings.Join(words, " "), ". ")
	return strings.TrimSuffix(sentence, ".")
}

// elsewhere is what an example names of the places where it stands.
var (
	elsewhere  = strings.NewReplacer("../schemas/", "", "go run ./cmd/anabranch", "anabranch", "pipelines/data/", "", "pipelines/", "")
	itsSchemas = regexp.MustCompile(`\.\./schemas/([a-z0-9.-]+\.avsc)`)
	itsEvents  = regexp.MustCompile(`pipelines/(data/([a-z0-9-]+\.ndjson))`)
)

func writePattern(w io.Writer, pattern, dir string) error {
	names, err := patterns()
	if err != nil {
		return err
	}
	if !slices.Contains(names, pattern) {
		return &usage{err: fmt.Errorf("no pattern %q; there are %s", pattern, strings.Join(names, ", ")), help: "anabranch new"}
	}
	source, err := pipelines.Files.ReadFile(pattern + ".yaml")
	if err != nil {
		return err
	}
	files := map[string][]byte{
		pattern + ".yaml":         []byte(elsewhere.Replace(string(source))),
		"pipeline.v1.schema.json": schemas.PipelineSchema,
	}
	for _, found := range itsSchemas.FindAllSubmatch(source, -1) {
		if files[string(found[1])], err = schemas.Files.ReadFile(string(found[1])); err != nil {
			return err
		}
	}
	for _, found := range itsEvents.FindAllSubmatch(source, -1) {
		if files[string(found[2])], err = pipelines.Files.ReadFile(string(found[1])); err != nil {
			return err
		}
	}
	if err := writeAll(dir, files); err != nil {
		return err
	}
	file := filepath.Join(dir, pattern+".yaml")
	_, err = fmt.Fprintf(w, "wrote %s and what it needs\n\nNext:\n  anabranch check -v %[1]s\n  anabranch test %[1]s\n  anabranch graph %[1]s -o svg\n", file)
	return err
}

// writeAll writes new files into a folder, none of them where one of them is there already.
func writeAll(dir string, files map[string][]byte) error {
	for name := range files {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return &usage{err: fmt.Errorf("%s is there already; name another DIR", filepath.Join(dir, name)), help: "anabranch new"}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return &usage{err: err, help: "anabranch new"}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder %s: %w", dir, err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
