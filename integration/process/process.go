// Package process builds the anabranch command and runs workers as processes of their own, so that they can be killed.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Build compiles the command into dir and gives the path of the binary. The working directory must lie in the module.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "anabranch")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/anabranch-go/anabranch/cmd/anabranch")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the command: %w\n%s", err, out)
	}
	return binary, nil
}

// Worker is one running process.
type Worker struct {
	Name   string
	cmd    *exec.Cmd
	output tail
	done   chan struct{}
	err    error // of Wait, once done is closed
}

// Start starts binary with args; env is added to this process's environment. The process is killed when ctx ends.
func Start(ctx context.Context, name, binary string, env []string, args ...string) (*Worker, error) {
	w := &Worker{Name: name, cmd: exec.CommandContext(ctx, binary, args...), done: make(chan struct{})}
	w.cmd.Env = append(os.Environ(), env...)
	w.cmd.Stdout, w.cmd.Stderr = &w.output, &w.output
	w.cmd.WaitDelay = time.Second
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start worker %s: %w", name, err)
	}
	go func() {
		w.err = w.cmd.Wait()
		close(w.done)
	}()
	return w, nil
}

// Kill sends SIGKILL and waits until the process is gone. It is an error if it had ended before.
func (w *Worker) Kill() error {
	if err := w.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill worker %s: %w\n%s", w.Name, err, w.Output())
	}
	<-w.done
	return nil
}

// Signal sends a signal to the process.
func (w *Worker) Signal(s os.Signal) error {
	if err := w.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("send %v to worker %s: %w\n%s", s, w.Name, err, w.Output())
	}
	return nil
}

// Done is closed when the process has ended.
func (w *Worker) Done() <-chan struct{} { return w.done }

// Wait waits for the end of the process. An exit code other than 0 is an error with the last output.
func (w *Worker) Wait() error {
	<-w.done
	var exit *exec.ExitError
	switch {
	case w.err == nil:
		return nil
	case errors.As(w.err, &exit):
		return fmt.Errorf("worker %s ended with %w:\n%s", w.Name, exit, w.Output())
	default:
		return fmt.Errorf("worker %s: %w", w.Name, w.err)
	}
}

// Copy writes what the process has said, as far as Output knows it, and all that it will say to to.
func (w *Worker) Copy(to io.Writer) { w.output.copy(to) }

// Output is the end of what the process has written to stdout and stderr.
func (w *Worker) Output() string { return w.output.String() }

// State is what the system counted for a process that has ended.
func (w *Worker) State() *os.ProcessState { return w.cmd.ProcessState }

// tailMax is how many bytes of output are kept.
const tailMax = 16 << 10

// tail keeps the last tailMax bytes, in whole lines.
type tail struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	also io.Writer // nil: nobody
}

func (t *tail) copy(to io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.also = to
	_, _ = to.Write(t.buf.Bytes())
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(p)
	if t.also != nil {
		_, _ = t.also.Write(p)
	}
	if over := t.buf.Len() - tailMax; over > tailMax {
		t.buf.Next(over)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := t.buf.String()
	if over := len(text) - tailMax; over > 0 {
		text = text[over:]
		text = text[strings.IndexByte(text, '\n')+1:]
	}
	return strings.TrimSpace(text)
}
