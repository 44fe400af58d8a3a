package runtime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

func TestOutageIsOverOnceTheTransportSaysSo(t *testing.T) {
	w := over(t, signup(), nil)
	l := w.loops[0]
	l.health.become(running)
	for _, err := range []error{errors.New("no broker answers"), nil} {
		l.noteOutage(err)
		if ok, _ := w.ready(); ok != (err == nil) {
			t.Errorf("ready %v with %v", ok, err)
		}
	}
}

// Whoever has the same instance id is named at once, and not only once both have fenced each other often enough to be told to go.
func TestASecondWorkerOfAnInstanceIsNamed(t *testing.T) {
	for _, c := range []struct {
		err    error
		second bool
	}{{fmt.Errorf("commit: %w", kerr.FencedInstanceID), true}, {kerr.ProducerFenced, false}, {errors.New("no broker answers"), false}} {
		var log bytes.Buffer
		l := over(t, signup(), nil).loops[0]
		l.log = slog.New(slog.NewTextHandler(&log, nil))
		l.noteOutage(c.err)
		if got := strings.Contains(log.String(), "another worker uses the same instance id"); got != c.second {
			t.Errorf("%v: %s", c.err, log.String())
		}
	}
}

func TestTransactionsThatFailInARowAreAnOutage(t *testing.T) {
	w := over(t, signup(), nil)
	l := w.loops[0]
	l.health.become(running)
	for round := range 2 { // the second time it begins to count anew
		for n := 1; n <= outageAborts; n++ {
			l.failures.abort(t.Context(), l)
			if ok, _ := w.ready(); ok != (n < outageAborts) {
				t.Errorf("round %d: ready %v after %d in a row", round, ok, n)
			}
		}
		l.failures.over(l)
		if ok, _ := w.ready(); !ok {
			t.Errorf("round %d: not ready after a commit", round)
		}
	}
}

func TestRevokedTasksLeaveTheQuarantine(t *testing.T) {
	l := over(t, signup(), nil).loops[0]
	at := stage.Origin{Topic: "in", Partition: 3}
	l.piece.quarantine.add(&transport.Refused{Records: []transport.Refusal{{Sink: audit, Origin: at, Err: errTooLarge}}})
	l.noteTasks(transport.Round{Assigned: []int32{1, 3}})
	if l.piece.quarantine.empty() {
		t.Error("an assignment emptied it")
	}
	l.noteTasks(transport.Round{Revoked: []int32{3}})
	if tasks := l.health.status().Tasks; !l.piece.quarantine.empty() || !slices.Equal(tasks, []int32{1}) {
		t.Errorf("left: %v; tasks %v", l.piece.quarantine.records, tasks)
	}
}

// fleeting ends with an error once it has committed.
type fleeting struct{ *memory }

func (f fleeting) Poll(ctx context.Context) (transport.Round, error) {
	if f.commits > 0 {
		f.commits = 0
		return transport.Round{}, errors.New("session lost")
	}
	return f.memory.Poll(ctx)
}

func TestTriesAreCountedFromTheLastCommit(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "b", "c", "d")})
	m.round = 1
	p := signup()
	p.OnError.Retry.Attempts = 1
	w := over(t, p, m)
	w.open = func(context.Context, *topology.Sub) (transport.Transport, error) { return fleeting{m}, nil }
	if err := w.runAll(t.Context(), even); err != nil || len(m.out[audit]) != 4 {
		t.Errorf("%v after %d records", err, len(m.out[audit]))
	}
}

// A dead letter is the event as it entered its operator: with the key that a sharder upstream gave it.
func TestDeadLetterHasTheKeyFromUpstream(t *testing.T) {
	p := signup()
	program := *p.Subs[0].Program
	program.Nodes = slices.Clone(program.Nodes)
	program.Nodes[0].Ports = []stage.Edge{{Kind: stage.ToSink, To: 0}, {Kind: stage.ToNode, To: 2}}
	program.Nodes[2].Ports = []stage.Edge{{Kind: stage.ToNode, To: 1}}
	program.Nodes[1].Router = routes(func(e *row) (stage.Ports, error) {
		if string(e.Key) == "user-bad1" {
			return 0, errBad
		}
		return stage.Port(0), nil
	})
	program.Nodes[1].Ports = []stage.Edge{{Kind: stage.ToSink, To: 1}, {Kind: stage.DeadLetter}}
	p.Subs[0].Program = &program
	m := newMemory(map[int32][]record{0: keyed("a", "bad1")})
	run(t, p, m)
	if got := keys(m.out[letter]); !slices.Equal(got, []string{"user-bad1"}) {
		t.Errorf("dead letters %q", got)
	}
	if got := keys(m.out[audit]); !slices.Equal(got, []string{"a", "bad1"}) {
		t.Errorf("audit got %q", got)
	}
}
