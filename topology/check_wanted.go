package topology

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/document"
)

// wanted reads what a test says of one event of stream l.
func (t *testReader) wanted(l *link, n *document.Node, exact bool) Wanted {
	e := t.envelope(n)
	w := Wanted{Node: n, Headers: e.headers, Time: e.time, Partition: e.partition}
	if width := partitionsOf(l); w.Partition >= width && len(l.topics) > 0 && l.partitions > 0 {
		t.wrong(n, "A1003", fmt.Sprintf("stream %s has no partition %d", l.name.text, w.Partition), fmt.Sprintf("it has 0 to %d", width-1))
	}
	if e.key != nil {
		w.Key = t.textPattern(e.key, "`$key`")
	}
	if e.value != nil {
		w.Value = t.pattern(l.contract.value, e.value, exact)
	}
	return w
}

// textPattern reads what must be a text: a key, or a value without a schema.
func (t *testReader) textPattern(n *document.Node, what string) *Pattern {
	p := &Pattern{Node: n, JSON: "null"}
	data := t.bytes(n, what)
	switch {
	case data == nil:
	case isRaw(n):
		p.Raw = data
	default:
		p.JSON = string(quoteJSON(string(data)))
	}
	return p
}

// pattern reads what must be in a value.
func (t *testReader) pattern(format Format, n *document.Node, exact bool) *Pattern {
	if n.Kind == document.Null || isRaw(n) || format.Schema == nil {
		return t.textPattern(n, "the value")
	}
	v := valueReader{reader: t.reader}
	p, _ := v.pattern(format.Schema.Type, n, "", exact)
	for _, problem := range v.problems {
		t.report(problem)
	}
	return &p
}

// pattern reads n as a part of a value of t: of a record the fields that it names, with exact the others as if they were given.
func (v *valueReader) pattern(t *schemas.Type, n *document.Node, path string, exact bool) (Pattern, bool) {
	p := Pattern{Node: n}
	switch {
	case t.Kind == schemas.Union:
		at, content, found := v.branch(t, n, path)
		if !found {
			return p, false
		}
		p, ok := v.pattern(t.Branches[at], content, path, exact)
		p.Branch = v.memberOf(t, at)
		return p, ok
	case t.Kind != schemas.Record || n.Kind != document.Map:
		value, fits := v.encode(nil, t, n, path)
		p.JSON = naturalJSON(t, value)
		return p, fits
	}
	ok := v.knows(t, n)
	p.Record = true
	for _, f := range t.Fields {
		_, value := n.Get(f.Name)
		switch {
		case value != nil:
			field, fits := v.pattern(f.Type, value, join2(path, f.Name), exact)
			ok = ok && fits
			p.Fields = append(p.Fields, PatternField{f.Name, field})
		case exact:
			p.Fields = append(p.Fields, PatternField{f.Name, Pattern{JSON: naturalJSON(f.Type, appendLeftOut(nil, f, 0))}})
		}
	}
	return p, ok
}

// memberOf is the member in which natural JSON has a value of a branch; empty where it stands bare.
func (v *valueReader) memberOf(t *schemas.Type, at int) string {
	zero := appendZero(nil, t.Branches[at], 0)
	bare, wrapped := naturalJSON(t.Branches[at], zero), naturalJSON(t, append(binary.AppendVarint(nil, int64(at)), zero...))
	if bare == wrapped {
		return ""
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(wrapped), &members) == nil && len(members) == 1 {
		for name := range members {
			return name
		}
	}
	return ""
}

func naturalJSON(t *schemas.Type, value []byte) string {
	if value == nil {
		value = []byte{}
	}
	text, err := schemas.NewCodec(&schemas.Schema{Type: t}).ToJSON(value)
	if err != nil {
		return "null" // what does not fit is reported already
	}
	return string(text)
}

// dead reads the dead letters that a test expects.
func (t *testReader) dead(p document.Pair) *Expected {
	if !t.graph.spec.onError.deadLetter.given() {
		t.wrong(p.Key, "A0310", "the pipeline has no dead letters: the first rejected event stops it",
			"say `stops: OPERATOR` alone, or name a topic in `on_error: {dead_letter: …}`")
		return nil
	}
	e := t.expected(p.Value, nil, true, t.deadLetter)
	return &e
}

// deadLetter reads what a test says of one dead letter: the event as it entered the operator that rejected it.
func (t *testReader) deadLetter(n *document.Node, exact bool) Wanted {
	w := Wanted{Node: n, Partition: -1}
	o := t.object(n, &deadGrammar)
	if op := o.get("operator"); op != nil {
		w.Operator = t.operatorNamed(op, canReject, "rejects nothing")
	}
	w.Code, _ = t.text(o.get("code"), "code")
	w.Reason, _ = t.text(o.get("reason"), "reason")
	if key := o.values["key"].Value; key != nil {
		w.Key = t.textPattern(key, "`key`")
	}
	if headers := o.get("headers"); headers != nil {
		w.Headers = t.headers(headers)
	}
	value := o.values["value"].Value
	if value == nil {
		return w
	}
	format, known, ok := t.formatBefore(w.Operator)
	switch {
	case !ok:
		t.wrong(o.key("value"), "A0206", "the operators of this pipeline read values of several types", "add `operator:`")
	case known:
		w.Value = t.pattern(format, value, exact)
	}
	return w
}

// formatBefore is how the values are to be read that an operator takes in; nil means any operator, and ok is false where they differ.
func (t *testReader) formatBefore(op *Operator) (format Format, known, ok bool) {
	first := true
	for _, spec := range t.graph.spec.operators {
		if len(spec.from) == 0 || op != nil && op.Name != spec.name.text {
			continue
		}
		c := t.graph.byName[spec.from[0].text].contract
		if !first && fmt.Sprint(c.value) != fmt.Sprint(format) {
			return format, false, false
		}
		format, known, first = c.value, c.known, false
	}
	return format, known, true
}

// bind gives tests the streams and operators that they name.
func bind(tests []Test, streams map[string]*Stream, operators map[string]*Operator) []Test {
	operator := func(to **Operator) {
		if *to != nil {
			*to = operators[(*to).Name]
		}
	}
	for i := range tests {
		test := &tests[i]
		for k := range test.Given {
			test.Given[k].Stream = streams[test.Given[k].Stream.Name]
		}
		for k := range test.Expect.Streams {
			test.Expect.Streams[k].Stream = streams[test.Expect.Streams[k].Stream.Name]
		}
		for k := range test.Expect.Dropped {
			operator(&test.Expect.Dropped[k].Operator)
		}
		operator(&test.Expect.Stops)
		if test.Expect.Dead != nil {
			for k := range test.Expect.Dead.Events {
				operator(&test.Expect.Dead.Events[k].Operator)
			}
		}
	}
	return tests
}
