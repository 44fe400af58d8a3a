package topology

import (
	"fmt"

	"github.com/anabranch-go/anabranch/topology/document"
)

// Limits of tests.
const (
	// TestsMax is how many tests a file may have.
	TestsMax = 1000
	// TestEventsMax is how many events a test may give, and how many it may list of one stream.
	TestEventsMax = 1000
)

// testSpec is one entry of `tests`, with the names of streams and operators not yet looked up.
type testSpec struct {
	name   reference
	given  []streamEvents
	expect *document.Node // a map, or nil where it could not be read
}

// streamEvents are the events that a test gives to one stream.
type streamEvents struct {
	stream reference
	events []*document.Node
}

// tests reads the entries of `tests`.
func (r *reader) tests(n *document.Node) []*testSpec {
	if n == nil {
		return nil
	}
	if n.Kind != document.List {
		r.wrong(n, "A0202", fmt.Sprintf("`tests` is a list of tests, got %s", describe(n)), "write `- name: …` for each")
		return nil
	}
	if len(n.Items) == 0 {
		r.wrong(n, "A0205", "`tests` is empty", "write `- name: …` for each, or take it away")
	}
	if len(n.Items) > TestsMax {
		r.wrong(n, "A0208", fmt.Sprintf("there are %d tests", len(n.Items)), fmt.Sprintf("a pipeline has at most %d", TestsMax))
		return nil
	}
	var all []*testSpec
	named := map[string]*document.Node{}
	for _, item := range n.Items {
		o := r.object(item, &testGrammar)
		if o.broken {
			continue
		}
		t := &testSpec{name: reference{"without a name", item}}
		if name, ok := r.text(o.get("name"), "name"); ok {
			t.name = reference{name, o.get("name")}
			if first := named[name]; first != nil {
				r.wrong(t.name.node, "A1005", fmt.Sprintf("the test on line %d has this name, too", first.Line), "give one of them another")
			}
			named[name] = t.name.node
		}
		t.given = r.given(o.get("given"))
		if expect := o.get("expect"); expect != nil {
			t.expect = r.expectMap(expect)
		}
		all = append(all, t)
	}
	return all
}

// given reads which stream gets which events.
func (r *reader) given(n *document.Node) []streamEvents {
	if n == nil {
		return nil
	}
	if n.Kind == document.Map && len(n.Pairs) == 0 {
		r.wrong(n, "A0205", "`given` is empty", "write {stream: [{field: value}]}")
		return nil
	}
	if n.Kind != document.Map {
		r.wrong(n, "A0202", fmt.Sprintf("`given` is a map from streams to lists of events, got %s", describe(n)), "write {stream: [{field: value}]}")
		return nil
	}
	var all []streamEvents
	events := 0
	for _, p := range n.Pairs {
		stream := reference{p.Key.Value, p.Key}
		if p.Value.Kind != document.List {
			r.wrong(p.Value, "A0202", fmt.Sprintf("the events of stream %s are a list, got %s", stream.text, describe(p.Value)), "write [{field: value}], one entry for each event")
			continue
		}
		if len(p.Value.Items) == 0 {
			r.wrong(p.Value, "A0205", fmt.Sprintf("the list of events of stream %s is empty", stream.text), "give it an event, or take the stream away")
		}
		if events += len(p.Value.Items); events > TestEventsMax {
			r.wrong(p.Value, "A0208", fmt.Sprintf("the test gives more than %d events", TestEventsMax), "divide it")
			return all
		}
		all = append(all, streamEvents{stream, p.Value.Items})
	}
	return all
}

// expectMap gives n where it can be an `expect`.
func (r *reader) expectMap(n *document.Node) *document.Node {
	switch {
	case n.Kind == document.Map && len(n.Pairs) > 0:
		return n
	case n.Kind == document.Map:
		r.wrong(n, "A0205", "`expect` is empty", "write {stream: 2} for a number of events, {stream: [{field: value}]} for the events")
		return nil
	}
	r.wrong(n, "A0202", fmt.Sprintf("`expect` is a map from streams to what comes of them, got %s", describe(n)),
		"write {stream: 2} for a number of events, {stream: [{field: value}]} for the events")
	return nil
}
