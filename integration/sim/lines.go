package sim

import (
	"bytes"
	"sync"
)

// linesMax is how many bytes of the log are kept.
const linesMax = 1 << 20

// lines keeps the end of what is written to it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len()+len(b) > linesMax {
		l.text.Next(l.text.Len() - linesMax/2)
	}
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
