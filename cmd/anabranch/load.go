package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/anabranch-go/anabranch/topology"
)

// fileBytesMax is the longest pipeline file that is read, in bytes.
const fileBytesMax = 16 << 20

// standardInput is the name of a file that means standard input.
const standardInput = "-"

// load reads and checks the pipeline file at path; - is standard input.
func load(path string, o topology.Options) (*topology.Pipeline, error) {
	text, err := readPipeline(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text, o)
}

// parse checks the text of the pipeline file at path.
func parse(path string, text []byte, o topology.Options) (*topology.Pipeline, error) {
	return topology.Parse(shown(path), text, o)
}

// shown is what a file is called in messages.
func shown(path string) string {
	if path == standardInput {
		return "stdin"
	}
	return path
}

func readPipeline(path string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if path != standardInput {
		file, err := os.Open(path)
		if err != nil {
			return nil, unreadable(path, err)
		}
		defer file.Close()
		in = file
	}
	text, err := io.ReadAll(io.LimitReader(in, fileBytesMax+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	if len(text) > fileBytesMax {
		return nil, usagef("%s is longer than %d bytes; it should be a pipeline file", path, fileBytesMax)
	}
	return text, nil
}

// unreadable says in plain words why a file of the command line cannot be read.
func unreadable(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usagef("no file %s", path)
	case errors.Is(err, syscall.EISDIR):
		return usagef("%s is a directory; it should be a file", path)
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return &usage{err: fmt.Errorf("read %s: %w", path, err)}
}
