package testdriver

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

// twice has an ordered merger behind a filter, and another one behind that.
const twice = `apiVersion: anabranch/v1
kind: Pipeline
name: twice
streams:
  raw:     {topic: raw, schema: signup.avsc, partitions: 2}
  web:     {topic: web, schema: signup.avsc, partitions: 2}
  partner: {topic: partner, schema: signup.avsc, partitions: 2}
  grown:   {topic: grown, partitions: 2}
  first:   {topic: first, partitions: 2}
  ahead:   {topic: ahead, partitions: 2}
  all:     {topic: all, partitions: 2}
operators:
  adults: {type: filter, from: raw, where: value.age >= 18, to: grown}
  one:
    type: merger
    from: [grown, web]
    order_by: value.created_at
    heartbeat: value.country == "--"
    max_ahead: 1h
    wait: {idle_after: 1m}
    late: ahead
    to: first
  two: {type: merger, from: [partner, first], order_by: timestamp, wait: strict, late: drop, to: all}
on_error: {dead_letter: letters}
`

// signed is a given event, as the reference sees it.
type signed struct {
	given                int
	created, at          int64 // hours
	minor, beat, garbled bool
}

// drawSigned draws events for each partition of each input, and gives them in the order of the test, too.
func drawSigned(t *rapid.T, p *topology.Pipeline) (given []topology.Given, lanes map[string][2][]signed) {
	lanes = map[string][2][]signed{}
	codec := schemas.NewCodec(p.Streams[0].Value.Schema)
	for i := range rapid.IntRange(0, 30).Draw(t, "events") {
		input := rapid.SampledFrom([]string{"raw", "web", "partner"}).Draw(t, "input")
		s := p.Streams[slices.IndexFunc(p.Streams, func(s *topology.Stream) bool { return s.Name == input })]
		e := signed{given: i, created: rapid.Int64Range(1, 9).Draw(t, "created"), at: rapid.Int64Range(1, 9).Draw(t, "at")}
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		e.minor, e.beat, e.garbled = kind == 0, kind == 1, kind == 2
		g := topology.Given{Stream: s, Partition: int32(rapid.IntRange(0, 1).Draw(t, "partition")), Time: hour(e.at)}
		age, country := 20, "DE"
		if e.minor {
			age = 10
		}
		if e.beat {
			country = "--"
		}
		line := fmt.Sprintf(`{"user_id":"u","email":"","country":%q,"created_at":%q,"age":%d}`, country, hour(e.created).Format(time.RFC3339), age)
		var err error
		if g.Value, err = codec.FromJSON([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if e.garbled {
			g.Value = []byte{0xff}
		}
		given = append(given, g)
		lane := lanes[s.Name]
		lane[g.Partition] = append(lane[g.Partition], e)
		lanes[s.Name] = lane
	}
	return given, lanes
}

func hour(n int64) time.Time { return timeBase.Add(time.Duration(n) * time.Hour) }

// sorted puts lanes in order. Events without a rank stand where their lane does.
func sorted(rank func(signed) (int64, bool), lanes ...[]signed) []signed {
	type place struct {
		effective int64
		lane      int
		signed
	}
	var all []place
	for i, lane := range lanes {
		latest := int64(math.MinInt64)
		for _, e := range lane {
			if n, ok := rank(e); ok {
				latest = max(latest, n)
			}
			all = append(all, place{latest, i, e})
		}
	}
	slices.SortStableFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.effective, b.effective), cmp.Compare(a.lane, b.lane))
	})
	var out []signed
	for _, p := range all {
		out = append(out, p.signed)
	}
	return out
}

func keep(all []signed, is func(signed) bool) []signed {
	return slices.DeleteFunc(slices.Clone(all), func(e signed) bool { return !is(e) })
}

// Whatever is polled first and however it is cut, an ordered merger writes what sorting its inputs gives, byte for byte; behind a
// topic that another operator writes, too.
func TestOrderedMergersSort(t *testing.T) {
	p := parse(t, twice)
	d := New(p)
	rapid.Check(t, func(t *rapid.T) {
		given, lanes := drawSigned(t, p)
		early := func(e signed) bool { return e.created > e.at+1 && !e.garbled }
		byCreated := func(e signed) (int64, bool) { return e.created, !early(e) && !e.garbled }
		want, letters, dropped := map[string][2][]signed{}, 0, 0
		for i := range 2 {
			raw, web := lanes["raw"][i], lanes["web"][i]
			grown := keep(raw, func(e signed) bool { return !e.minor && !e.garbled })
			one := sorted(byCreated, grown, web)
			first := keep(one, func(e signed) bool { return !early(e) && !e.garbled && !e.beat })
			two := sorted(func(e signed) (int64, bool) { return e.at, true }, lanes["partner"][i], first)
			for name, log := range map[string][]signed{"grown": grown, "ahead": keep(one, early), "first": first, "all": two} {
				logs := want[name]
				logs[i] = log
				want[name] = logs
			}
			letters += len(keep(raw, func(e signed) bool { return e.garbled })) + len(keep(web, func(e signed) bool { return e.garbled }))
			dropped += len(keep(one, func(e signed) bool { return e.beat && !early(e) }))
		}
		seed := rapid.Uint64().Draw(t, "seed")
		o := d.play(given, seed)
		if o.stopped != nil || o.unbalanced() != "" {
			t.Fatalf("stopped by %v, %s", o.stopped, o.unbalanced())
		}
		for name, logs := range want {
			for i := range logs {
				compareLog(t, fmt.Sprintf("%s[%d]", name, i), given, o.cluster[name][i], logs[i])
			}
		}
		if got := len(o.cluster.all("letters")); got != letters {
			t.Fatalf("%d dead letters, want %d", got, letters)
		}
		if got := int(balanceOf(t, o, "one").Dropped); got != dropped {
			t.Fatalf("%d heartbeats dropped, want %d", got, dropped)
		}
	})
}

func compareLog(t *rapid.T, name string, given []topology.Given, log []*record, want []signed) {
	var got, wanted []int
	for _, r := range log {
		got = append(got, r.given)
		if string(r.value) != string(given[r.given].Value) || !r.Time.Equal(given[r.given].Time) {
			t.Fatalf("%s: event %d has changed", name, r.given)
		}
	}
	for _, e := range want {
		wanted = append(wanted, e.given)
	}
	if !slices.Equal(got, wanted) {
		t.Fatalf("%s has events %v, want %v", name, got, wanted)
	}
}

// balanceOf is what one operator has made of its events.
func balanceOf(t *rapid.T, o *outcome, operator string) runtime.OperatorReport {
	for _, sub := range o.subs {
		for _, op := range sub.Operators {
			if op.Name == operator {
				return op
			}
		}
	}
	t.Fatalf("no operator %s", operator)
	return runtime.OperatorReport{}
}
