package testdriver

import (
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
)

const beating = `apiVersion: anabranch/v1
kind: Pipeline
name: beating
streams:
  web: {topic: web, schema: signup.avsc, partitions: 1}
  app: {topic: app, schema: signup.avsc, partitions: 1}
  all: {topic: all, partitions: 1}
operators:
  in_order:
    type: merger
    from: [web, app]
    order_by: value.created_at
    heartbeat: value.country == "--"
    wait: strict
    late: dead_letter
    sequence: true
    to: all
on_error: {dead_letter: letters}
`

// TestWaysOfAnOrderedMerger takes every way out of one, and says what came of it in the words of tests.
func TestWaysOfAnOrderedMerger(t *testing.T) {
	given := `      app: [{user_id: b, created_at: 2026-01-01T00:00:01Z, country: DE}, {country: --, created_at: 2026-01-01T00:00:09Z}]
      web:
        - {user_id: c, created_at: 2026-01-01T00:00:02Z, country: DE}
        - {user_id: a, created_at: 2026-01-01T02:00:00Z, country: DE}
        - {$raw: AAEC}
`
	expect := "all: {events: [{$value: {user_id: b}, $headers: {anabranch.sequence: '0'}}, {$value: {user_id: c}, $headers: {anabranch.sequence: '1'}}], in_order: true}," +
		"dropped: {in_order: 1}, dead_letter: [{operator: in_order, code: ahead, value: {user_id: a}}, {operator: in_order, code: decode}]"
	p := parse(t, beating+"tests:\n  - name: it\n    given:\n"+given+"    expect: {"+expect+"}\n")
	d := New(p)
	if r := d.Run(&p.Tests[0], Seeds(10)); !r.OK() || r.Held != 10 || len(r.Notes) > 0 {
		t.Errorf("%s; notes %q", said(r), r.Notes)
	}
	ways := d.Coverage().Ways()
	if len(ways) != 4 {
		t.Errorf("%d ways, want one to all, late ones, heartbeats and rejections: %+v", len(ways), ways)
	}
	for _, w := range ways {
		if w.Never != "" || w.Way == "all" && w.Events != 2 || w.Way != "all" && w.Events != 1 {
			t.Errorf("%+v", w)
		}
	}
}

// silent has an ordered merger one of whose inputs brings nothing, which is not known before the filter is done.
const silent = `apiVersion: anabranch/v1
kind: Pipeline
name: silent
streams:
  raw: {topic: raw, schema: signup.avsc, partitions: 1}
  web: {topic: web, schema: signup.avsc, partitions: 1}
  mid: {topic: mid, partitions: 1}
  all: {topic: all, partitions: 1}
operators:
  nobody: {type: filter, from: raw, where: value.age > 1000, to: mid}
  in_order: {type: merger, from: [web, mid], order_by: timestamp, wait: strict, late: drop, to: all}
`

// TestFullInputsAreReadOn: an input of which too much is held is paused, and goes on when some of it has gone out.
func TestFullInputsAreReadOn(t *testing.T) {
	p := parse(t, silent)
	codec := schemas.NewCodec(p.Streams[0].Value.Schema)
	value, err := codec.FromJSON([]byte(`{"user_id":"u","email":"` + strings.Repeat("x", 1<<20) + `","country":"DE","created_at":0,"age":20}`))
	if err != nil {
		t.Fatal(err)
	}
	given := []topology.Given{{Stream: p.Streams[0], Value: value}}
	for range 24 {
		given = append(given, topology.Given{Stream: p.Streams[1], Value: value})
	}
	d := New(p)
	for _, seed := range Seeds(10) {
		o := d.play(given, seed)
		if o.stopped != nil {
			t.Fatal(o.stopped)
		}
		all := o.cluster["all"][0]
		if len(all) != 24 {
			t.Fatalf("seed %d: %d events went out, want 24", seed, len(all))
		}
		for i, r := range all {
			if r.given != i+1 {
				t.Fatalf("seed %d: event %d goes out as number %d", seed, r.given, i)
			}
		}
	}
}
