package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Tally is how often each kind of fault was injected, and how often that hit an open transaction. It is safe for concurrent use;
// the zero value is empty.
type Tally struct {
	mu   sync.Mutex
	hits map[string]Hits
}

// Hits are the injections of one kind of fault.
type Hits struct{ Injected, Landed int }

func (t *Tally) add(kind string, landed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hits == nil {
		t.hits = map[string]Hits{}
	}
	h := t.hits[kind]
	h.Injected++
	if landed {
		h.Landed++
	}
	t.hits[kind] = h
}

// Merge adds the counts of another tally.
func (t *Tally) Merge(hits map[string]Hits) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hits == nil {
		t.hits = map[string]Hits{}
	}
	for kind, more := range hits {
		h := t.hits[kind]
		t.hits[kind] = Hits{h.Injected + more.Injected, h.Landed + more.Landed}
	}
}

// Hits are the counts by kind.
func (t *Tally) Hits() map[string]Hits {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.hits)
}

// Missed are the kinds of fault of which none hit an open transaction. One of them exists on old brokers alone.
func (t *Tally) Missed(old bool) (kinds []string) {
	hits := t.Hits()
	for _, k := range kindsOfFault {
		if hits[k.name].Landed == 0 && (old || k.name != onlyOld) {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

// String is a table of the kinds.
func (t *Tally) String() string {
	hits := t.Hits()
	names := slices.SortedFunc(maps.Keys(hits), cmp.Compare)
	var text strings.Builder
	fmt.Fprintf(&text, "%-44s %9s %s\n", "fault", "injected", "in an open transaction")
	for _, name := range names {
		fmt.Fprintf(&text, "%-44s %9d %d\n", name, hits[name].Injected, hits[name].Landed)
	}
	return text.String()
}
