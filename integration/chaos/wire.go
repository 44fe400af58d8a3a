package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/integration/chaos/proxy"
)

// wireTime is how long the wire is faulty.
const wireTime = 6 * time.Second

// inside tells whether a request of a worker belongs to an open transaction: by what it is, or as the broker says.
func (a *arena) inside(ctx context.Context, c proxy.Call) bool {
	switch c.Key {
	case kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn:
		return true
	}
	return a.open(ctx, "")
}

// disturb inflicts a fault of the wire for a while.
func (a *arena) disturb(ctx context.Context, f *proxy.Fault, d time.Duration) error {
	heal := a.wire.Inflict(f)
	defer heal()
	return a.wait(ctx, d)
}

// disturbUntilHit is disturb for wireTime, and longer where little goes over the wire and no frame was hit yet.
func (a *arena) disturbUntilHit(ctx context.Context, f *proxy.Fault, i *injection) error {
	heal := a.wire.Inflict(f)
	defer heal()
	for n := 0; n == 0 || n < 5 && i.hits() == 0; n++ {
		if err := a.wait(ctx, wireTime); err != nil {
			return err
		}
	}
	return nil
}

// lose cuts connections instead of passing replies to a kind of request on: the broker has done what was asked.
func lose(key kmsg.Key, percent int) func(context.Context, *arena, *injection) error {
	return func(ctx context.Context, a *arena, i *injection) error {
		return a.disturbUntilHit(ctx, a.losing(key, percent, i, nil), i)
	}
}

// loseAtStart is lose of requests of a worker's beginning: it kills a worker three times, and more often where no reply that was
// lost has hit a transaction yet, and starts it again.
func loseAtStart(key kmsg.Key, percent int) func(context.Context, *arena, *injection) error {
	return func(ctx context.Context, a *arena, i *injection) error {
		s, giveBack := a.fleet.lease(i)
		defer giveBack()
		var left atomic.Bool // what is to be ended by the first InitProducerId of the successor
		defer a.wire.Inflict(a.losing(key, percent, i, &left))()
		for n := 0; n < 3 || n < 9 && i.hits() == 0; n++ {
			a.aim(ctx, s.id())
			if err := s.kill(); err != nil {
				return err
			}
			left.Store(a.open(ctx, s.id()) && key == kmsg.InitProducerID)
			if err := s.start(); err != nil {
				return err
			}
			if err := a.wait(ctx, wireTime/2); err != nil {
				return err
			}
		}
		return nil
	}
}

// losing is the fault that loses replies. The first one that is lost after left was set hits what a worker left open.
func (a *arena) losing(key kmsg.Key, percent int, i *injection, left *atomic.Bool) *proxy.Fault {
	return &proxy.Fault{Reply: func(c proxy.Call) proxy.Fate {
		if c.Key != key || !i.chance(percent) {
			return proxy.Fate{}
		}
		i.hit(left != nil && left.Swap(false) || a.inside(context.Background(), c))
		return proxy.Fate{Cut: true}
	}}
}

// late holds replies within transactions up.
func late(ctx context.Context, a *arena, i *injection) error {
	return a.disturb(ctx, &proxy.Fault{Reply: func(c proxy.Call) proxy.Fate {
		switch c.Key {
		case kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn:
			if i.chance(10) {
				i.hit(true)
				return proxy.Fate{Wait: i.between(100*time.Millisecond, 3*time.Second)}
			}
		}
		return proxy.Fate{}
	}}, wireTime)
}

// lateEndTxn delivers an EndTxn after its sender has given up on it.
func lateEndTxn(ctx context.Context, a *arena, i *injection) error {
	return a.disturbUntilHit(ctx, &proxy.Fault{Request: func(c proxy.Call) proxy.Fate {
		if c.Key != kmsg.EndTxn || !i.chance(20) {
			return proxy.Fate{}
		}
		i.hit(true)
		return proxy.Fate{Late: i.between(50*time.Millisecond, 2*time.Second)}
	}}, i)
}

// cut closes all connections of the workers, again and again.
func cut(ctx context.Context, a *arena, i *injection) error {
	for range 6 {
		i.hit(a.aim(ctx, ""))
		a.wire.Cut("")
		if err := a.wait(ctx, i.between(100*time.Millisecond, wireTime/4)); err != nil {
			return err
		}
	}
	return nil
}

// latency holds each frame up.
func latency(ctx context.Context, a *arena, i *injection) error {
	i.hit(a.aim(ctx, ""))
	slow := func(c proxy.Call) proxy.Fate {
		return proxy.Fate{Wait: i.between(5*time.Millisecond, 80*time.Millisecond)}
	}
	return a.disturb(ctx, &proxy.Fault{Request: slow, Reply: slow}, wireTime)
}

// deaf swallows all that brokers say to one worker, whose requests they go on to serve.
func deaf(ctx context.Context, a *arena, i *injection) error {
	return oneWay(ctx, a, i, func(f *proxy.Fault, swallow func(proxy.Call) proxy.Fate) { f.Reply = swallow })
}

// mute swallows all that one worker says.
func mute(ctx context.Context, a *arena, i *injection) error {
	return oneWay(ctx, a, i, func(f *proxy.Fault, swallow func(proxy.Call) proxy.Fate) { f.Request = swallow })
}

// oneWay swallows the frames of one worker in one direction. What was on its way is gone: the connections are cut at the end.
func oneWay(ctx context.Context, a *arena, i *injection, set func(*proxy.Fault, func(proxy.Call) proxy.Fate)) error {
	s, giveBack := a.fleet.lease(i)
	defer giveBack()
	fault := &proxy.Fault{}
	var on atomic.Bool
	set(fault, func(c proxy.Call) proxy.Fate { return proxy.Fate{Lose: on.Load() && c.Client == s.id()} })
	heal := a.wire.Inflict(fault)
	defer a.wire.Cut(s.id())
	defer heal()
	i.hit(a.aim(ctx, s.id()))
	on.Store(true)
	return a.wait(ctx, i.between(4*time.Second, 14*time.Second))
}
