package eos

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// A member whose request to join waits for others hears nothing from them, and that is no outage; brokers that do not
// answer a question are one.
func TestSilenceIsNoOutage(t *testing.T) {
	cluster := fake(t)
	r := newRig(t, cluster.ListenAddrs())
	cluster.ControlKey(int16(kmsg.JoinGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		cluster.SleepControl(func() { <-t.Context().Done() })
		return nil, kerr.UnknownServerError, true
	})
	m := r.open(r.config())
	clock := testClock(m.pulse)
	poll := func() error {
		round, err := m.Poll(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return round.Outage
	}
	for range 3 {
		clock.Add(int64(silenceMax))
		if err := poll(); err != nil {
			t.Errorf("silence is called an outage: %v", err)
		}
		m.asks.Wait()
		clock.Add(int64(answerMax))
		if err := poll(); err != nil {
			t.Errorf("brokers answer, and that is called an outage: %v", err)
		}
		m.asks.Wait()
	}
	cluster.Close()
	clock.Add(int64(silenceMax))
	_ = poll()
	m.asks.Wait()
	clock.Add(int64(answerMax))
	if err := poll(); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("outage %v, want %v", err, transport.ErrUnreachable)
	}
}

// testClock makes the time of p stand still but for what is added to it.
func testClock(p *pulse) *atomic.Int64 {
	start, passed := time.Now(), &atomic.Int64{}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = func() time.Time { return start.Add(time.Duration(passed.Load())) }
	p.last, p.asked, p.tried = start, time.Time{}, time.Time{}
	return passed
}

// An answer ends an outage.
func TestAnswerEndsOutage(t *testing.T) {
	p := &pulse{}
	clock := testClock(p)
	clock.Add(int64(silenceMax))
	if !p.due() || p.due() {
		t.Error("want one question at a time")
	}
	p.done()
	clock.Add(int64(answerMax))
	if p.outage() == nil {
		t.Error("no outage, though nobody has answered")
	}
	if !p.due() {
		t.Error("brokers are not asked again")
	}
	p.OnBrokerRead(kgo.BrokerMetadata{}, 0, 0, 0, 0, nil)
	if err := p.outage(); err != nil {
		t.Errorf("a broker has answered, and it is said: %v", err)
	}
}
