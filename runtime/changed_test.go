package runtime_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime"
)

const sieve = `
apiVersion: anabranch/v1
kind: Pipeline
name: sieve
streams:
  in: {topic: in, partitions: 2}
  out: {topic: out, partitions: 2}
operators:
  keep: {type: filter, from: in, where: 'key != null && key != "user-0"', to: kept}
  all: {type: copier, from: kept, to: [out]}
`

// A worker goes on from what another revision has committed where both may run beside each other, and refuses to start
// where more has to be done first.
func TestWorkersOfAnotherRevision(t *testing.T) {
	r := newRiver(t)
	r.create("in", 2)
	r.create("in2", 2)
	edited := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(sieve) }
	cut := edited("operators:", "  kept: {topic: kept}\noperators:")
	for i, step := range []struct {
		name, text string
		says       []string // of ErrChanged; none: it runs
	}{
		{"the first", sieve, nil},
		{"another expression", edited("user-0", "user-1"), nil},
		{"cut by a topic", cut, nil},
		{"joined again", sieve, []string{"group sieve.in: a topic that this file does not name no longer leads", "this is a drain", "anabranch plan p.yaml"}},
		{"another input", strings.ReplaceAll(cut, "topic: in,", "topic: in2,"), []string{"in2 is read too", "drain"}},
		{"another name", strings.NewReplacer("  in: ", "  input: ", "from: in,", "from: input,").Replace(cut), []string{"group sieve.input", "topic in, which group sieve.in of this pipeline has read", "rebuild"}},
		{"as it was", cut, nil},
	} {
		r.produce("in", 10*i, 10, 3)
		err := r.worker(r.load(step.text), "a", true).Run(t.Context())
		switch {
		case step.says == nil && err != nil:
			t.Fatalf("%s: %v", step.name, err)
		case step.says != nil && !errors.Is(err, runtime.ErrChanged):
			t.Fatalf("%s: got %v, want ErrChanged", step.name, err)
		}
		for _, text := range step.says {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q does not say %q", step.name, err, text)
			}
		}
	}
	if got := len(r.committed("sieve-control")); got < 3 {
		t.Errorf("the control topic has %d records; each revision that ran should be in it", got)
	}
}
