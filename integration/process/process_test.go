package process_test

import (
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/integration/process"
)

func TestWorkerThatEnds(t *testing.T) {
	w, err := process.Start(t.Context(), "a", "sh", []string{"GREETING=hello"}, "-c", `echo $GREETING; exit 65`)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(); err == nil || !strings.Contains(err.Error(), "exit status 65") || !strings.Contains(err.Error(), "hello") {
		t.Errorf("error is %v, want the exit status and the output", err)
	}
	if err := w.Kill(); err == nil {
		t.Error("a process that has ended was killed")
	}
}

func TestWorkerThatIsKilled(t *testing.T) {
	w, err := process.Start(t.Context(), "b", "sh", nil, "-c", "while :; do sleep 1; done")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("error is %v, want that it was killed", err)
	}
}

func TestOutputIsCopied(t *testing.T) {
	worker, err := process.Start(t.Context(), "c", "sh", nil, "-c", "echo before; echo after >&2")
	if err != nil {
		t.Fatal(err)
	}
	var early, late strings.Builder
	worker.Copy(&early)
	_ = worker.Wait()
	worker.Copy(&late)
	for _, text := range []string{early.String(), late.String()} {
		if text != "before\nafter\n" {
			t.Errorf("copied %q", text)
		}
	}
}
