package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// bug is a mistake that somebody might make, and who must notice it.
type bug struct {
	name string // one word
	what string
	file string // from the root of the module
	old  string // is in the file exactly once
	new  string
	// by are the packages whose tests are run, run is their -run, args are further arguments of go test.
	by   string
	run  string
	args []string
}

// verdict is what came of one bug.
type verdict struct {
	bug    bug
	caught string // the names of the tests that failed; empty: nobody noticed
	took   time.Duration
	err    error // the bug does not fit the code any more, or it does not compile
}

// testMax bounds the tests of one bug, testTimeout those that hang: it is shorter, so that they are named.
const (
	testMax     = 4 * time.Minute
	testTimeout = "3m"
)

// try puts the bug into the code and runs the tests.
func (b bug) try(ctx context.Context, root string) verdict {
	began := time.Now()
	v := verdict{bug: b}
	overlay, err := b.overlay(root)
	if err != nil {
		v.err = err
		return v
	}
	defer os.RemoveAll(filepath.Dir(overlay))
	ctx, cancel := context.WithTimeout(ctx, testMax)
	defer cancel()
	args := append([]string{"test", "-overlay", overlay, "-count=1", "-timeout", testTimeout, "-run", b.run}, b.args[:len(b.args):len(b.args)]...)
	command := exec.CommandContext(ctx, "go", append([]string{args[0]}, order(args[1:], b.by)...)...)
	command.Dir = root
	out, err := command.CombinedOutput()
	v.took = time.Since(began)
	switch {
	case err == nil:
	case strings.Contains(string(out), "[build failed]"), strings.Contains(string(out), "[setup failed]"):
		v.err = fmt.Errorf("it does not compile:\n%s", out)
	default:
		v.caught = failed(string(out))
	}
	return v
}

// order puts the package before the arguments that are the test's own.
func order(args []string, by string) []string {
	for i, a := range args {
		if a == "-args" {
			return append(append(append([]string{}, args[:i]...), by), args[i:]...)
		}
	}
	return append(args, by)
}

// overlay writes the changed file, and what tells the compiler to take it.
func (b bug) overlay(root string) (string, error) {
	path := filepath.Join(root, filepath.FromSlash(b.file))
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), b.old); n != 1 {
		return "", fmt.Errorf("%s holds the text of bug %q %d times, want once:\n%s", b.file, b.name, n, b.old)
	}
	dir, err := os.MkdirTemp("", "bugbank")
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(changed, []byte(strings.Replace(string(text), b.old, b.new, 1)), 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

// failed gives the names of the tests that failed, or how the run ended where none is named.
func failed(out string) string {
	var names []string
	end := ""
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			if n := len(names); n > 0 && strings.HasPrefix(name, names[n-1]+"/") {
				names[n-1] = name // the subtest says more
				continue
			}
			names = append(names, name)
		}
		if end == "" && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "FAIL")) {
			end = line
		}
	}
	if len(names) == 0 {
		return end
	}
	return strings.Join(names, ", ")
}
