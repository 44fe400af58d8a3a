package stagetest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
)

// Events is how many events a law is tried on.
const Events = 500

// Generate makes an event. Everything random in it comes from r, so that the same r makes an equal event in new memory.
type Generate[T any] func(r *rand.Rand) stage.Event[T]

// Router checks what every router must keep: it chooses only among its ports, is deterministic, depends on nothing but the
// event, neither changes nor keeps it, can be used by several tasks at once, and allocates nothing unless it rejects.
// Laws are what this router must keep besides.
func Router[T any](t testing.TB, router stage.Router[T], ports int, generate Generate[T], laws ...Law[T]) {
	t.Helper()
	first := make([]outcome, Events)
	for i := range first {
		e := event(generate, i)
		first[i] = route(router, &e)
		if fresh := event(generate, i); !reflect.DeepEqual(e, fresh) {
			t.Fatalf("event %d was changed: it was %+v, and is %+v", i, fresh, e)
		}
		if beyond := first[i].ports &^ stage.FirstPorts(ports); beyond != 0 {
			t.Fatalf("event %d: chose the ports %b of %d", i, first[i].ports, ports)
		}
		for _, law := range laws {
			if err := law(ports, &e, first[i].ports, first[i].err); err != nil {
				t.Fatalf("event %d, %+v: %v", i, e, err)
			}
		}
	}
	again(t, router, generate, first)
	together(t, router, generate, first)
	routerAllocs(t, router, generate, first)
}

// outcome is what a router decided about an event.
type outcome struct {
	ports stage.Ports // none where err is set
	err   error
}

func route[T any](router stage.Router[T], e *stage.Event[T]) outcome {
	ports, err := router.Route(e)
	if err != nil {
		return outcome{err: err}
	}
	return outcome{ports: ports}
}

func (o outcome) same(other outcome) bool {
	return o.ports == other.ports && text(o.err) == text(other.err)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func event[T any](generate Generate[T], i int) stage.Event[T] {
	return generate(rand.New(rand.NewPCG(1, uint64(i))))
}

// again routes all events backwards through one variable whose memory is spoilt after each.
func again[T any](t testing.TB, router stage.Router[T], generate Generate[T], first []outcome) {
	t.Helper()
	var e stage.Event[T]
	for i := len(first) - 1; i >= 0; i-- {
		e = event(generate, i)
		if got := route(router, &e); !got.same(first[i]) {
			t.Fatalf("event %d: decided %+v, and at another time %+v: it must depend on the event alone", i, first[i], got)
		}
		spoil(&e.Meta)
	}
}

func spoil(m *stage.Meta) {
	for i := range m.Key {
		m.Key[i] ^= 0xff
	}
	for _, h := range m.Headers {
		for i := range h.Value {
			h.Value[i] ^= 0xff
		}
	}
}

// together routes all events in several goroutines at once; run it with the race detector.
func together[T any](t testing.TB, router stage.Router[T], generate Generate[T], first []outcome) {
	t.Helper()
	errs := make([]error, 4)
	var wait sync.WaitGroup
	for task := range errs {
		wait.Go(func() {
			for i := range first {
				e := event(generate, i)
				if got := route(router, &e); !got.same(first[i]) {
					errs[task] = fmt.Errorf("event %d: decided %+v, and %+v beside other tasks", i, first[i], got)
				}
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func routerAllocs[T any](t testing.TB, router stage.Router[T], generate Generate[T], first []outcome) {
	t.Helper()
	var events []stage.Event[T]
	for i := range first {
		if first[i].err == nil {
			events = append(events, event(generate, i))
		}
	}
	allocs(t, len(events), func(i int) { router.Route(&events[i]) })
}

// allocs fails the test if f, called with 0 to n-1, allocates.
func allocs(t testing.TB, n int, f func(i int)) {
	t.Helper()
	perRun := testing.AllocsPerRun(5, func() {
		for i := range n {
			f(i)
		}
	})
	if limit := float64(n) * allowed; perRun > limit {
		t.Fatalf("%v allocations for %d events, want at most %v", perRun, n, limit)
	}
}
