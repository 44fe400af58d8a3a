package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Calls counts requests by kind. It may be read from outside of the bubble.
type Calls struct{ counts [128]atomic.Int64 }

func (c *Calls) add(key kmsg.Key) {
	if int(key) < len(c.counts) {
		c.counts[key].Add(1)
	}
}

// String lists the kinds with their counts, the most frequent first.
func (c *Calls) String() string {
	type count struct {
		key kmsg.Key
		n   int64
	}
	var all []count
	for k := range c.counts {
		if n := c.counts[k].Load(); n > 0 {
			all = append(all, count{kmsg.Key(k), n})
		}
	}
	slices.SortFunc(all, func(a, b count) int { return cmp.Compare(b.n, a.n) })
	var text strings.Builder
	for _, a := range all {
		fmt.Fprintf(&text, "%s %d, ", a.key.Name(), a.n)
	}
	return strings.TrimSuffix(text.String(), ", ")
}
