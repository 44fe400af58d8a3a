package stage_test

import (
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/copier"
	"github.com/anabranch-go/anabranch/stage/filter"
	"github.com/anabranch-go/anabranch/stage/merger"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/stage/splitter"
)

// operators is one of each, over events whose value is a number. They have 16 ports where they can have several.
func operators() map[string]stage.Router[int] {
	must := func(r stage.Router[int], err error) stage.Router[int] {
		if err != nil {
			panic(err)
		}
		return r
	}
	names, cases := make([]string, 16), map[string]int{}
	var conditions []splitter.Condition[int]
	var shares []splitter.Share
	for i := range 16 {
		names[i] = fmt.Sprint("stream-", i)
		cases[names[i]] = i
		conditions = append(conditions, splitter.Condition[int]{Port: i, If: func(e *stage.Event[int]) (bool, error) { return e.Value&15 == i, nil }})
		shares = append(shares, splitter.Share{Buckets: splitter.Buckets / 16, Port: i})
	}
	key := func(e *stage.Event[int], buf []byte) ([]byte, error) {
		return sharder.AppendLong(buf, int64(e.Value)), nil
	}
	name := func(e *stage.Event[int]) (string, error) { return names[e.Value&15], nil }
	over, err := sharder.Over(key, names...)
	if err != nil {
		panic(err)
	}
	c, err := copier.Of[int](16)
	m, errMatch := splitter.Match(name, cases, splitter.Reject)
	w, errWhen := splitter.When(conditions, splitter.Reject)
	p, errPercent := splitter.Percent(key, "salt", shares)
	return map[string]stage.Router[int]{
		"copier":           must(c, err),
		"filter":           filter.Of(func(e *stage.Event[int]) bool { return e.Value&1 == 0 }),
		"filter try":       filter.Try(func(e *stage.Event[int]) (bool, error) { return e.Value&1 == 0, nil }),
		"splitter match":   must(m, errMatch),
		"splitter when":    must(w, errWhen),
		"splitter percent": must(p, errPercent),
		"sharder over":     sharder.Router(over),
		"merger":           merger.Of[int](),
	}
}

func TestOperatorsAllocateNothing(t *testing.T) {
	for name, router := range operators() {
		e := &stage.Event[int]{}
		if allocs := testing.AllocsPerRun(1000, func() {
			e.Value++
			router.Route(e)
		}); allocs != 0 {
			t.Errorf("%s: %v allocations for an event, want none", name, allocs)
		}
	}
}

func BenchmarkOperators(b *testing.B) {
	for name, router := range operators() {
		b.Run(name, func(b *testing.B) {
			e := &stage.Event[int]{}
			b.ReportAllocs()
			for b.Loop() {
				e.Value++
				router.Route(e)
			}
		})
	}
}
