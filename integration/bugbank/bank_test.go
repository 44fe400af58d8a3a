package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A bug whose text the code no longer holds once would not be tried.
func TestEachBugFits(t *testing.T) {
	names := map[string]bool{}
	for _, b := range bank {
		overlay, err := b.overlay(filepath.Join("..", ".."))
		if err != nil {
			t.Error(err)
			continue
		}
		os.RemoveAll(filepath.Dir(overlay))
		if names[b.name] {
			t.Errorf("two bugs are named %s", b.name)
		}
		names[b.name] = true
	}
}
