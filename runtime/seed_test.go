package runtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// The loop decides by what its transport tells it and by the clock, and by nothing else: one seed gives one run, call for call and
// nanosecond for nanosecond, whatever the broker does with the transactions.
func TestSeedIsReplayed(t *testing.T) {
	kinds := []string{"a", "b", "drop", "bad", "panic", "dead", "big"}
	for seed := range uint64(150) {
		var traces [2]string
		for i := range traces {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 0))
				inputs, all := map[int32][]record{}, []string(nil)
				for p := range int32(1 + random.IntN(3)) {
					names := make([]string, random.IntN(40))
					for n := range names {
						names[n] = kinds[random.IntN(len(kinds))]
					}
					inputs[p], all = keyed(names...), append(all, names...)
				}
				traces[i] = play(t, random, inputs, all)
			})
		}
		if traces[0] != traces[1] {
			t.Fatalf("seed %d: two runs differ:\n%s", seed, difference(traces[0], traces[1]))
		}
	}
}

// play runs the signup pipeline over a transport that does what random says, and gives what was asked of it.
func play(t *testing.T, random *rand.Rand, inputs map[int32][]record, all []string) string {
	m := newMemory(inputs)
	m.round = 1 + random.IntN(10)
	refuse := refusing(map[string][]int{"big": {byUser, letter}})
	m.decide = func(n int, open map[int][]written) (bool, error) {
		if n < 40 && random.IntN(3) == 0 {
			return false, nil
		}
		return refuse(n, open)
	}
	p := signup()
	p.OnError.Retry.Initial, p.OnError.Retry.Max = 10*time.Millisecond, 5*time.Second
	w, s := over(t, p, m), &scripted{memory: m, random: random, began: time.Now()}
	w.open = func(context.Context, *topology.Sub) (transport.Transport, error) { return s, nil }
	w.loops[0].pace = defaultPace
	if err := w.runAll(t.Context(), even); err != nil {
		t.Fatal(err)
	}
	check(t, m, w.Report().Subs[0], all)
	return s.trace.String()
}

// scripted is a memory whose calls take time, in which tasks go and outages pass, and which keeps what was asked of it.
type scripted struct {
	*memory
	random *rand.Rand
	began  time.Time
	trace  strings.Builder
	asked  []string // notes since the last commit: they come in no order
	doomed bool     // a task has gone, and with it what was read
}

func (s *scripted) say(format string, args ...any) {
	fmt.Fprintf(&s.trace, "%d "+format+"\n", append([]any{time.Since(s.began)}, args...)...)
}

func (s *scripted) Poll(ctx context.Context) (transport.Round, error) {
	s.say("poll")
	select {
	case <-ctx.Done():
		return transport.Round{}, nil
	case <-time.After(time.Duration(s.random.IntN(60)) * time.Millisecond):
	}
	switch s.random.IntN(8) {
	case 0:
		return transport.Round{}, nil
	case 1:
		return transport.Round{Outage: errors.New("no broker answers")}, nil
	case 2:
		s.doomed = len(s.open) > 0
		return transport.Round{Revoked: []int32{int32(s.random.IntN(3))}}, nil
	}
	round, err := s.memory.Poll(ctx)
	slices.SortFunc(round.Batches, func(a, b transport.Batch) int { return int(a.Partition() - b.Partition()) })
	return round, err
}

func (s *scripted) Forward(sink int, partition int32, b transport.Batch) {
	s.say("forward %d to %d[%d]", b.Len(), sink, partition)
	s.memory.Forward(sink, partition, b)
}

func (s *scripted) Select(sink int, b transport.Batch, picks []stage.Pick) {
	s.say("select %v to %d", picks, sink)
	s.memory.Select(sink, b, picks)
}

func (s *scripted) Add(sink int, partition int32, m *stage.Meta, value []byte) {
	s.say("add %q of %s to %d[%d]", value, m.Origin, sink, partition)
	s.memory.Add(sink, partition, m, value)
}

func (s *scripted) Note(topic string, partition int32, note string) {
	s.asked = append(s.asked, fmt.Sprintf("%s[%d] %x", topic, partition, note))
	s.memory.Note(topic, partition, note)
}

func (s *scripted) Commit(ctx context.Context) (bool, error) {
	slices.Sort(s.asked)
	s.say("commit %q", s.asked)
	s.asked = nil
	time.Sleep(time.Duration(s.random.IntN(200)) * time.Millisecond)
	if s.doomed {
		s.doomed = false
		return false, s.memory.Abort(ctx)
	}
	return s.memory.Commit(ctx)
}

// difference is where two texts part.
func difference(a, b string) string {
	one, two := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(one), len(two)) {
		if one[i] != two[i] {
			return fmt.Sprintf("line %d\n%s\n%s", i+1, one[i], two[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(one), len(two))
}
