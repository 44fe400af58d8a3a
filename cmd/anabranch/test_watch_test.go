package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWatch changes the schema, then the file, breaks it and mends it; each time the tests are run again.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	file, schema := filepath.Join(dir, "p.yaml"), filepath.Join(dir, "s.avsc")
	const good = `apiVersion: anabranch/v1
kind: Pipeline
name: p
streams: {in: {topic: a, schema: s.avsc}, out: {topic: b}}
operators: {c: {type: copier, from: in, to: out}}
tests: [{name: it, given: {in: [{n: 1}]}, expect: {out: 1}}]
`
	const typed = `{"type": "record", "name": "R", "fields": [{"name": "n", "type": "int"}]}`
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	write(file, good)
	write(schema, typed)
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error)
	go func() {
		f := testFlags{chosen: regexp.MustCompile(""), seeds: 2, output: "human"}
		ended <- watch(ctx, in, []string{file}, f)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	turn := func(want string) {
		t.Helper()
		var text strings.Builder
		for lines.Scan() {
			if lines.Text() == "waiting for a change" {
				break
			}
			text.WriteString(lines.Text() + "\n")
		}
		if !strings.Contains(text.String(), want) {
			t.Errorf("got %s\nwant %s", text.String(), want)
		}
	}
	turn("1 test ok")
	write(schema, strings.Replace(typed, `"n"`, `"m"`, 1)+"\n")
	turn("record R has no field n")
	write(schema, typed+"\n\n")
	turn("1 test ok")
	write(file, strings.Replace(good, "out: 1}", "out: 2 }", 1))
	turn("expected 2 events, got 1")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
