package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

func TestNewKnowsItsSubs(t *testing.T) {
	p := signup()
	p.Subs = append(p.Subs, &topology.Sub{Name: "adults", Program: p.Subs[0].Program, Operators: p.Subs[0].Operators})
	_, err := New(p, Options{Only: []string{"adult"}})
	if !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), `no sub-topology "adult" in pipeline signup; have signups, adults`) {
		t.Error(err)
	}
	w, err := New(p, Options{Only: []string{"adults"}})
	if err != nil || len(w.loops) != 1 || w.loops[0].piece.sub.Name != "adults" {
		t.Errorf("%v", err)
	}
}

// broken fails some Polls before it works.
type broken struct {
	*memory
	err error
}

func (b broken) Poll(ctx context.Context) (transport.Round, error) {
	if b.err != nil {
		return transport.Round{}, b.err
	}
	return b.memory.Poll(ctx)
}

// openings gives a transport that ends with each of errs in turn, and then works.
func openings(m *memory, errs ...error) (open opener, opened *int) {
	opened = new(int)
	return func(context.Context, *topology.Sub) (transport.Transport, error) {
		b := broken{memory: m}
		if *opened < len(errs) {
			b.err = errs[*opened]
		}
		*opened++
		return b, nil
	}, opened
}

func TestErrorsThatMayPassAreRetried(t *testing.T) {
	lost := errors.New("session lost")
	for _, c := range []struct {
		errs     []error
		attempts int
		opened   int
		want     error
	}{
		{[]error{lost, lost}, 2, 3, nil},
		{[]error{lost, lost}, 1, 2, lost},
		{[]error{lost}, 0, 1, lost},
		{[]error{fmt.Errorf("read: %w", transport.ErrFenced)}, 5, 1, transport.ErrFenced},
		{[]error{transport.ErrUnreachable}, 5, 1, transport.ErrUnreachable},
		{[]error{transport.ErrPosition}, 5, 1, transport.ErrPosition},
		{[]error{kerr.NotCoordinator, fmt.Errorf("read: %w", kerr.UnstableOffsetCommit), io.EOF}, 1, 4, nil},
		{[]error{fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), errors.Join(new(kgo.ErrFirstReadEOF), io.EOF)}, 0, 3, nil},
	} {
		p, m := signup(), newMemory(map[int32][]record{0: keyed("a")})
		p.OnError.Retry.Attempts = c.attempts
		w := over(t, p, m)
		var opened *int
		w.open, opened = openings(m, c.errs...)
		if err := w.runAll(t.Context(), even); !errors.Is(err, c.want) || *opened != c.opened {
			t.Errorf("%v with %d attempts: got %v after %d tries, want %v after %d", c.errs, c.attempts, err, *opened, c.want, c.opened)
		}
		if c.want == nil && len(m.out[audit]) != 1 {
			t.Errorf("%v: audit got %d records", c.errs, len(m.out[audit]))
		}
	}
}

// What a worker was waiting for when it was asked to leave is no error; what it would have ended with anyway is one.
func TestLeavingWhileItStarts(t *testing.T) {
	for _, c := range []struct{ err, want error }{
		{fmt.Errorf("read the positions: %w", kerr.UnstableOffsetCommit), nil},
		{kerr.LeaderNotAvailable, nil},
		{fmt.Errorf("%w: %w", context.Canceled, transport.ErrUnreachable), nil},
		{transport.ErrPosition, transport.ErrPosition},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		w := over(t, signup(), nil)
		w.open = func(context.Context, *topology.Sub) (transport.Transport, error) {
			cancel()
			return nil, c.err
		}
		if err := w.runAll(ctx, even); !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", c.err, err, c.want)
		}
	}
}

// The first error of one sub-topology makes the others finish what they have.
func TestFirstErrorStopsTheOthers(t *testing.T) {
	p := signup()
	other := *p.Subs[0]
	other.Name = "other"
	p.Subs = append(p.Subs, &other)
	good, bad := newMemory(map[int32][]record{0: keyed("a")}), newMemory(nil)
	good.endless = true
	w := over(t, p, good)
	w.loops[0].pace = pace{every: 1 << 62, records: 1 << 62}
	idle := make(chan struct{})
	w.open = func(_ context.Context, sub *topology.Sub) (transport.Transport, error) {
		if sub.Name == "other" {
			<-idle
			return broken{bad, transport.ErrFenced}, nil
		}
		return leaving{good, func() {
			select {
			case <-idle:
			default:
				close(idle)
			}
		}}, nil
	}
	if err := w.runAll(t.Context(), even); !errors.Is(err, transport.ErrFenced) || !strings.Contains(err.Error(), "run other") {
		t.Errorf("got %v", err)
	}
	if len(good.out[audit]) != 1 || !good.closed || !bad.closed {
		t.Errorf("the other did not finish: %d records, closed %v and %v", len(good.out[audit]), good.closed, bad.closed)
	}
}

func TestPanicOutsideOfOperatorsIsAnError(t *testing.T) {
	w := over(t, signup(), nil)
	w.open = func(context.Context, *topology.Sub) (transport.Transport, error) { panic("oh") }
	if err := w.runAll(t.Context(), even); err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Error(err)
	}
}

func TestStatus(t *testing.T) {
	w := over(t, signup(), newMemory(nil))
	h := w.loops[0].health
	if ok, _ := w.ready(); ok {
		t.Error("ready before it has begun")
	}
	if ok, _ := w.live(); !ok {
		t.Error("not alive before it has begun")
	}
	h.become(running)
	if ok, _ := w.ready(); !ok {
		t.Error("not ready while it stands by")
	}
	h.outage("no broker answers")
	ok, detail := w.ready()
	if ok || detail.(status).Subs[0].Reason != "no broker answers" {
		t.Errorf("ready in an outage: %+v", detail)
	}
	h.become(running)
	if ok, detail := w.ready(); !ok {
		t.Errorf("not ready with a new connection: %+v", detail)
	}
	h.last.Store(1)
	ok, detail = w.live()
	if ok || !strings.Contains(detail.(status).Subs[0].Reason, "has not moved") {
		t.Errorf("alive while wedged: %+v", detail)
	}
}

func TestMetricsAreTheReport(t *testing.T) {
	m := newMemory(map[int32][]record{0: keyed("a", "drop1", "bad1")})
	w := over(t, signup(), m)
	if err := w.runAll(t.Context(), even); err != nil {
		t.Fatal(err)
	}
	families, err := w.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, metric := range f.Metric {
			name := f.GetName()
			for _, l := range metric.Label {
				if l.GetName() == "operator" || l.GetName() == "fate" || l.GetName() == "stream" {
					name += " " + l.GetValue()
				}
			}
			got[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"anabranch_operator_events_total passed everyone":  3, // labels are sorted by name
		"anabranch_operator_events_total dead eligible":    1,
		"anabranch_operator_events_total dropped eligible": 1,
		"anabranch_operator_emitted_total everyone audit":  3,
		"anabranch_output_records_total by_user":           1,
		"anabranch_input_records_total":                    3,
		"anabranch_dead_letters_total":                     1,
		"anabranch_commits_total":                          1,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v; have %v", name, got[name], want, got)
		}
	}
}
