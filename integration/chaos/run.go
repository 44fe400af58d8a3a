package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"
)

// Options say what one run does.
type Options struct {
	Events   int           // the least number of events that are fed
	Time     time.Duration // how long faults are inflicted; 0: until Events are fed and each fault was inflicted
	Faults   []string      // nil: each that fits the number of brokers
	Brokers  int           // 1 or 3
	Seed     uint64
	Rate     int // events a second
	Progress io.Writer
	Logs     string // the directory of what workers say; empty: only the end of it is told, of a run that fails
}

// Bounds of the parts of a run that have no bound of their own.
const (
	recoveryMax = 90 * time.Second // after a round of faults was healed, until each partition has moved
	drainMax    = 3 * time.Minute
	checkMax    = 30 * time.Minute
)

// Run does one run. The error says what did not hold; a result is there if the run came so far.
func Run(ctx context.Context, o Options) (result *Result, err error) {
	chosen, err := choose(o)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a, err := newArena(ctx, o, dir, cancel)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	err = a.torment(ctx, chosen)
	fed := time.Now()
	if err == nil {
		err = a.drain(ctx)
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
			err = fmt.Errorf("%w (%w)", cause, err)
		}
		return nil, fmt.Errorf("%w\n%s%s", err, a.evidence(ctx), a.fleet.tell())
	}
	result = &Result{Options: o, Kinds: chosen, Injections: a.done, fed: fed}
	checking, stop := context.WithTimeout(ctx, checkMax)
	defer stop()
	if err := a.verify(checking, result); err != nil {
		return nil, err
	}
	for _, k := range chosen {
		if k.ending == nil {
			continue
		}
		a.say("ending: %s", k.name)
		injection := &injection{kind: k, began: time.Now(), alone: true, count: 1}
		if err := k.ending(checking, a); err != nil {
			err = fmt.Errorf("%s: %w", k.name, err)
			a.say("%v", err)
			result.Wrong = append(result.Wrong, err)
		}
		injection.healed = time.Now()
		result.Injections = append(result.Injections, injection)
	}
	result.Took = time.Since(began)
	result.judge(a.trace)
	return result, result.Err()
}

// torment inflicts faults in rounds: one to three kinds at a time, and in each fourth round none.
func (a *arena) torment(ctx context.Context, kinds []*kind) error {
	var lasting []*kind
	for _, k := range kinds {
		if k.inflict != nil {
			lasting = append(lasting, k)
		}
	}
	random := rand.New(rand.NewPCG(a.options.Seed, 1))
	if err := a.warm(ctx); err != nil {
		return err
	}
	bag := deck{kinds: lasting, random: random}
	until := time.Now().Add(a.options.Time)
	for round := 1; len(lasting) > 0 && (!bag.dealt() || bag.rounds < decksMax && !a.allHit(lasting) || time.Now().Before(until) || a.options.Time == 0 && a.feed.count() < a.options.Events); round++ {
		if round%4 == 0 {
			a.say("calm; %d events fed", a.feed.count())
			if err := a.wait(ctx, calm); err != nil {
				return err
			}
			continue
		}
		if err := a.round(ctx, bag.deal(), random); err != nil {
			return err
		}
	}
	for a.feed.count() < a.options.Events {
		if err := a.wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// decksMax is how often kinds are dealt for the sake of those that have not hit a transaction yet.
const decksMax = 3

// allHit tells whether each kind has hit an open transaction.
func (a *arena) allHit(kinds []*kind) bool {
	hit := map[*kind]bool{}
	for _, i := range a.done {
		hit[i.kind] = hit[i.kind] || i.landed > 0
	}
	return !slices.ContainsFunc(kinds, func(k *kind) bool { return !hit[k] })
}

const calm = 5 * time.Second

// round inflicts faults beside each other and waits until all partitions move again.
func (a *arena) round(ctx context.Context, kinds []*kind, random *rand.Rand) error {
	var injections []*injection
	errs := make(chan error, len(kinds))
	for _, k := range kinds {
		i := &injection{kind: k, random: rand.New(rand.NewPCG(random.Uint64(), 2)), alone: len(kinds) == 1, began: time.Now()}
		a.say("%s", k.name)
		injections = append(injections, i)
		go func() {
			err := k.inflict(ctx, a, i)
			if err != nil {
				err = fmt.Errorf("%s: %w", k.name, err)
			}
			errs <- err
		}()
	}
	var all []error
	for range kinds {
		all = append(all, <-errs)
	}
	a.done = append(a.done, injections...)
	if err := errors.Join(all...); err != nil {
		return err
	}
	healed := time.Now()
	for _, i := range injections {
		i.healed = healed // it cannot recover before the last one
	}
	for {
		if when, ok := a.trace.Recovered(healed); ok {
			a.say("all partitions move %v after the heal", when.Sub(healed).Round(time.Millisecond))
			return nil
		}
		if time.Since(healed) > recoveryMax {
			return fmt.Errorf("%v after %s was over some partition still stands: committed positions %v", recoveryMax, names(kinds), a.trace.Positions())
		}
		if err := a.wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// wait sleeps, or tells why the run is over.
func (a *arena) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return a.feed.failed()
	}
}
