package topology

import (
	"errors"
	"fmt"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/document"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// The words of `expect` that are no streams.
const (
	wordDropped = "dropped"
	wordStops   = "stops"
)

// testReader reads the tests of a file whose streams and types are known.
type testReader struct {
	*typer
	derived map[*link]*keyDeriver
}

// tests reads all tests. Their streams and operators have nothing but a name yet.
func (t *typer) tests() []Test {
	all := make([]Test, 0, len(t.graph.spec.tests))
	tr := &testReader{typer: t, derived: map[*link]*keyDeriver{}}
	if len(t.graph.spec.tests) > 0 {
		tr.checkNames()
	}
	for _, spec := range t.graph.spec.tests {
		test := Test{Name: spec.name.text, Line: spec.name.node.Line}
		for _, s := range spec.given {
			test.Given = append(test.Given, tr.given(s)...)
		}
		if spec.expect != nil {
			test.Expect = tr.expect(spec.expect)
		}
		all = append(all, test)
	}
	return all
}

// checkNames refuses streams that `expect` could not name.
func (t *testReader) checkNames() {
	for _, word := range []string{wordDropped, wordStops} {
		if l := t.graph.byName[word]; l != nil {
			t.wrong(l.name.node, "A0302", fmt.Sprintf("`%s` is a word of tests, not a stream", word), "call the stream something else")
		}
	}
}

// given reads the events that one input gets.
func (t *testReader) given(s streamEvents) []Given {
	l := t.graph.byName[s.stream.text]
	inputs := t.graph.names(func(l *link) bool { return len(l.writers) == 0 && len(l.readers) > 0 })
	switch {
	case l == nil && t.lost(s.stream.text):
		return nil
	case l == nil:
		t.wrong(s.stream.node, "A1001", fmt.Sprintf("there is no stream %s", s.stream.text), suggest(s.stream.text, inputs, "inputs"))
		return nil
	case len(l.writers) > 0:
		t.wrong(s.stream.node, "A1001", fmt.Sprintf("stream %s is written by operator %s; a test gives events to inputs", l.name.text, l.writers[0].op.name.text),
			"give them to "+t.sources(l))
		return nil
	}
	var all []Given
	for _, n := range s.events {
		if l.contract.known {
			all = append(all, t.event(l, n))
		} else {
			t.envelope(n)
		}
	}
	return all
}

// lost tells whether a stream may be named in what could not be read of the file.
func (t *testReader) lost(stream string) bool {
	return t.file.Lost(stream, 1, len(t.file.Lines()))
}

// event reads one event for the input l.
func (t *testReader) event(l *link, n *document.Node) Given {
	e := t.envelope(n)
	g := Given{Node: n, Stream: &Stream{Name: l.name.text}, Headers: e.headers, Time: e.time, Partition: e.partition}
	if e.value == nil {
		if !e.suspect {
			t.wrong(n, "A1003", "the event does not say its `$value`", "add `$value:`; null is a tombstone")
		}
		return g
	}
	if width := partitionsOf(l); g.Partition >= width {
		t.wrong(n, "A1003", fmt.Sprintf("stream %s has no partition %d", l.name.text, g.Partition), fmt.Sprintf("it has 0 to %d", width-1))
	}
	whole := true
	switch {
	case e.value.Kind == document.Null:
	case isRaw(e.value):
		g.Value = t.raw(e.value)
	case l.contract.value.Schema == nil:
		g.Value = t.bytes(e.value, "a value of stream "+l.name.text)
	default:
		g.Value, g.Unsaid, whole = t.value(l, e.value)
	}
	switch {
	case e.key != nil:
		g.Key = t.bytes(e.key, "`$key`")
	case whole && g.Value != nil && !isRaw(e.value):
		t.derive(l, &g)
	}
	return g
}

// TestSchemaID is the id that stands before values of tests which are framed for a schema registry.
const TestSchemaID = 1

// value gives the bytes of a value of l, framing included.
func (t *testReader) value(l *link, n *document.Node) (value []byte, unsaid []string, ok bool) {
	v := valueReader{reader: t.reader}
	format := l.contract.value
	value, ok = v.encode(format.Framing.Append([]byte{}, TestSchemaID), format.Schema.Type, n, "")
	for _, p := range v.problems {
		t.report(p)
	}
	return value, v.unsaid, ok
}

// PartitionsOfTests is how many partitions a topic has in tests where the file does not say.
const PartitionsOfTests = 4

func partitionsOf(l *link) int32 {
	if l.partitions > 0 {
		return l.partitions
	}
	return PartitionsOfTests
}

// keyDeriver makes keys as a stream's key is said to be.
type keyDeriver struct {
	projection *schemas.Projection
	appendKey  func(*stage.Event[stage.Row], []byte) ([]byte, error)
}

// derive gives g the key that the key of its stream is said to equal.
func (t *testReader) derive(l *link, g *Given) {
	expr := l.keyEquals.expr
	if expr == nil {
		return
	}
	d := t.derived[l]
	if d == nil {
		projection, err := l.contract.value.Projection(expr.Paths())
		if err != nil {
			return
		}
		d = &keyDeriver{projection, expr.AppendKey(projection)}
		t.derived[l] = d
	}
	event := &stage.Event[stage.Row]{}
	d.projection.Read(g.Value, &event.Value)
	key, err := d.appendKey(event, nil)
	switch {
	case errors.Is(err, expression.ErrNull):
		t.wrong(g.Node, "A1006", fmt.Sprintf("the key of the event is %s, which is null", oneLine(l.keyEquals.source)), "give it a value, or say `$key`")
	case err != nil:
		t.wrong(g.Node, "A1006", fmt.Sprintf("the key of the event is %s: %v", oneLine(l.keyEquals.source), err), "say `$key`")
	default:
		g.Key = append([]byte{}, key...)
	}
}
