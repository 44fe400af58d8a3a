package runtime

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A commit that hangs on dead brokers makes the worker not ready before it has returned, and alive for longer.
func TestHangingCommitIsAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(map[int32][]record{0: keyed("a")})
		m.decide = func(int, map[int][]written) (bool, error) {
			time.Sleep(20 * time.Second)
			return true, nil
		}
		w := over(t, signup(), m)
		ended := make(chan error)
		go func() { ended <- w.runAll(t.Context(), even) }()
		for _, c := range []struct {
			after time.Duration
			ready bool
		}{{time.Second, true}, {5 * time.Second, false}, {5 * time.Second, false}} {
			time.Sleep(c.after)
			ok, detail := w.ready()
			if ok != c.ready || !ok && !strings.Contains(detail.(status).Subs[0].Reason, "has been waiting for brokers") {
				t.Errorf("after %s more: ready is %t: %+v", c.after, ok, detail)
			}
			if ok, detail := w.live(); !ok {
				t.Errorf("not alive: %+v", detail)
			}
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if ok, detail := w.ready(); !ok {
			t.Errorf("not ready after it: %+v", detail)
		}
	})
}
