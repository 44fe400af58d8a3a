package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// kind is one kind of fault.
type kind struct {
	name    string
	expect  string        // what must come of it
	brokers int           // the least number of brokers
	uses    use           // what it needs for itself
	outside bool          // it does not happen to a transaction, so that none has to be hit
	stall   time.Duration // the longest stand of a partition that is allowed when the kind comes alone
	// Either inflict, on the running pipeline: it returns once the fault is healed. Or ending, on a small pipeline of its own.
	inflict func(ctx context.Context, a *arena, i *injection) error
	ending  func(ctx context.Context, a *arena) error
}

// use is what kinds of one round must not share.
type use int

const (
	anything use = iota
	oneWorker
	theBrokers
	everything // it comes alone
)

// injection is one time that a kind was inflicted: it may hit several transactions.
type injection struct {
	kind          *kind
	alone         bool
	began, healed time.Time

	mu     sync.Mutex
	random *rand.Rand
	count  int // injections
	landed int // those that hit an open transaction
}

// hit counts one injection, and whether a transaction was open.
func (i *injection) hit(open bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.count++
	if open {
		i.landed++
	}
}

// hits is how many injections hit an open transaction.
func (i *injection) hits() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.landed
}

// chance is true in so many of a hundred cases.
func (i *injection) chance(percent int) bool { return i.below(100) < percent }

func (i *injection) below(n int) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.random.IntN(n)
}

// between is a time from least to most.
func (i *injection) between(least, most time.Duration) time.Duration {
	return least + time.Duration(i.below(int(most-least)))
}

// choose gives the kinds that a run inflicts.
func choose(o Options) ([]*kind, error) {
	if o.Brokers != 1 && o.Brokers != 3 {
		return nil, fmt.Errorf("%d brokers: want 1 or 3", o.Brokers)
	}
	if o.Rate < 1 || o.Events < 1 {
		return nil, fmt.Errorf("%d events, %d a second: want at least 1", o.Events, o.Rate)
	}
	var chosen []*kind
	for _, k := range kinds() {
		named := slices.Contains(o.Faults, k.name)
		if named && k.brokers > o.Brokers {
			return nil, fmt.Errorf("fault %q needs %d brokers", k.name, k.brokers)
		}
		if named || o.Faults == nil && k.brokers <= o.Brokers {
			chosen = append(chosen, k)
		}
	}
	for _, name := range o.Faults {
		if !slices.ContainsFunc(chosen, func(k *kind) bool { return k.name == name }) {
			return nil, fmt.Errorf("no fault named %q; have %s", name, names(kinds()))
		}
	}
	return chosen, nil
}

func names(kinds []*kind) string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return strings.Join(all, ", ")
}

func printKinds(w io.Writer) {
	for _, k := range kinds() {
		fmt.Fprintf(w, "%-24s %s\n", k.name, k.expect)
	}
}

// deck deals kinds in rounds: each comes once before any comes again.
type deck struct {
	kinds  []*kind
	random *rand.Rand
	left   []*kind
	rounds int // how often all were dealt
}

// dealt tells whether each kind was dealt at least once.
func (d *deck) dealt() bool { return d.rounds > 1 || d.rounds == 1 && len(d.left) == 0 }

// atOnceMax is how many kinds may come at the same time.
const atOnceMax = 3

// deal gives the kinds of the next round.
func (d *deck) deal() []*kind {
	if len(d.left) == 0 {
		d.left = slices.Clone(d.kinds)
		d.random.Shuffle(len(d.left), func(i, j int) { d.left[i], d.left[j] = d.left[j], d.left[i] })
		d.rounds++
	}
	var round []*kind
	want := 1 + d.random.IntN(atOnceMax)
	for at := 0; at < len(d.left) && len(round) < want; {
		k := d.left[at]
		if len(round) > 0 && !together(round, k) {
			at++
			continue
		}
		round = append(round, k)
		d.left = slices.Delete(d.left, at, at+1)
		if k.uses == everything {
			break
		}
	}
	return round
}

// together tells whether k may come in a round with others.
func together(round []*kind, k *kind) bool {
	workers := 0
	for _, other := range round {
		if k.uses == everything || other.uses == everything || k.uses == theBrokers && other.uses == theBrokers {
			return false
		}
		if other.uses == oneWorker {
			workers++
		}
	}
	return k.uses != oneWorker || workers < workersMax-1
}
