package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// watchEvery is how often the files are looked at. A look is a few calls of stat, and unlike notices of the kernel it misses nothing
// on shared folders, nor where an editor puts a new file in the place of the old.
const watchEvery = 200 * time.Millisecond

// clearScreen takes what was printed before off a terminal.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// watch runs the tests of files, and again after each change, until ctx ends.
func watch(ctx context.Context, w io.Writer, files []string, f testFlags) error {
	known := map[string]bool{}
	for {
		before := stamps(watched(files, nil, known))
		all, err := test(ctx, w, files, f)
		var told *status
		if err != nil && !errors.As(err, &told) {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		paths := watched(files, all, known)
		for path, stamp := range stamps(paths) {
			if _, seen := before[path]; !seen {
				before[path] = stamp
			}
		}
		fmt.Fprintln(w, "\nwaiting for a change")
		if !changes(ctx, paths, before) {
			return nil
		}
		if terminal(w) {
			io.WriteString(w, clearScreen)
		}
	}
}

// schemaFile finds what is most likely the name of a schema in a pipeline file, be the file right or wrong.
var schemaFile = regexp.MustCompile(`[^\s'"{}\[\],:]+\.avsc`)

// watched adds to known the files, the schemas that they name, and the folders of both, in which what is missing may come to be.
func watched(files []string, all []tested, known map[string]bool) []string {
	for _, file := range files {
		known[file], known[filepath.Dir(file)] = true, true
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it is told by test
		}
		for _, name := range schemaFile.FindAllString(string(text), -1) {
			path := filepath.Join(filepath.Dir(file), name)
			known[path], known[filepath.Dir(path)] = true, true
		}
	}
	for _, t := range all {
		if t.pipeline == nil {
			continue
		}
		for _, s := range t.pipeline.Streams {
			if s.Value.Schema != nil {
				known[s.Value.Schema.File] = true
			}
		}
	}
	return slices.Collect(maps.Keys(known))
}

// stamp is what changes with a file.
type stamp struct {
	at   time.Time
	size int64
}

func stamps(paths []string) map[string]stamp {
	all := make(map[string]stamp, len(paths))
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			all[path] = stamp{info.ModTime(), info.Size()}
		case errors.Is(err, fs.ErrNotExist):
			all[path] = stamp{}
		}
	}
	return all
}

// changes waits for a file to change; false where ctx has ended.
func changes(ctx context.Context, paths []string, before map[string]stamp) bool {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
		for path, now := range stamps(paths) {
			if now != before[path] {
				return true
			}
		}
	}
}
