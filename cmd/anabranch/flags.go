package main

import (
	"fmt"
	"slices"
	"strings"
)

// oneOf refuses a flag's value that is none of choices.
func oneOf(flag, value string, choices ...string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return usagef("%s %q: want %s", flag, value, strings.Join(choices, ", "))
}

// binding is one STREAM=FILE of the command line.
type binding struct{ stream, file string }

// bindings reads the values of --feed or --out.
func bindings(flag string, values []string) ([]binding, error) {
	var all []binding
	for _, value := range values {
		stream, file, ok := strings.Cut(value, "=")
		if !ok || stream == "" || file == "" {
			return nil, usagef("%s %q: want STREAM=FILE, or STREAM=- for standard %s", flag, value, map[string]string{"--feed": "input", "--out": "output"}[flag])
		}
		all = append(all, binding{stream, file})
	}
	dashes := 0
	for _, b := range all {
		if b.file == standardInput {
			dashes++
		}
	}
	if dashes > 1 {
		return nil, fmt.Errorf("%w", usagef("%s: only one stream can be -", flag))
	}
	return all, nil
}
