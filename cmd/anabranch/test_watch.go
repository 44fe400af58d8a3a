package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// watchEvery is how often the files are looked at. A look is a few calls of stat, and unlike notices of the kernel it misses nothing
// on shared folders, nor where an editor puts a new file in the place of the old.
const watchEvery = 200 * time.Millisecond

// clearScreen takes what was printed before off a terminal.
const clearScreen = "\x1b[H\x1b[2J\x1b[3J"

// watch runs the tests of files, and again after each change, until ctx ends.
func watch(ctx context.Context, w io.Writer, files []string, f testFlags) error {
	for {
		before := stamps(watched(files, nil))
		all, err := test(ctx, w, files, f)
		var told *status
		if err != nil && !errors.As(err, &told) {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		paths := watched(files, all)
		for path, stamp := range stamps(paths) {
			if _, known := before[path]; !known {
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

// watched are the files, their folders, in which a schema that is missing may come to be, and the schemas that they name.
func watched(files []string, all []tested) []string {
	var paths []string
	for _, file := range files {
		paths = append(paths, file, filepath.Dir(file))
	}
	for _, t := range all {
		if t.pipeline == nil {
			continue
		}
		for _, s := range t.pipeline.Streams {
			if s.Value.Schema != nil {
				paths = append(paths, s.Value.Schema.File)
			}
		}
	}
	return paths
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
