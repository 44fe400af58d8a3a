package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/anabranch-go/anabranch/cmd/anabranch/demo"
)

// progress is one line that is written over again, on a terminal only.
type progress struct {
	mu   sync.Mutex
	w    io.Writer // nil: no terminal
	done bool
}

func progressOf(w io.Writer) *progress {
	if !terminal(w) {
		return &progress{}
	}
	return &progress{w: w}
}

// show writes how far the demo is.
func (p *progress) show(now demo.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || p.done {
		return
	}
	const wide = 30
	full := 0
	if now.Total > 0 {
		full = min(wide, wide*now.Done/now.Total)
	}
	fmt.Fprintf(p.w, "\r\x1b[K%-14s [%-*s] %s of %s, %s", now.Doing, wide, stars(full), thousands(now.Done), thousands(now.Total), plural(now.Crashes, "crash"))
}

// clear takes the line away for good.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && !p.done {
		io.WriteString(p.w, "\r\x1b[K")
	}
	p.done = true
}

func stars(n int) string { return "##############################"[:n] }
