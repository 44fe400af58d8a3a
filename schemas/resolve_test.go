package schemas

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/twmb/avro"
	"pgregory.net/rapid"
)

// pair draws a writer's schema and a reader's.
func (g *generator) pair(breaks bool) (writer, reader *Schema) {
	drawn := g.record(0)
	return g.parse(drawn), g.parse(g.evolve(drawn, breaks))
}

func theirs(t rapid.TB, s *Schema) *avro.Schema {
	parsed, err := avro.Parse(s.Text)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Text)
	}
	return parsed
}

// Compatible says what twmb/avro says, of schemas of which some break the rules.
func TestCompatibleAgrees(t *testing.T) {
	verdicts := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true}
		writer, reader := g.pair(true)
		ours, other := Compatible(reader, writer), avro.CheckCompatibility(theirs(rt, writer), theirs(rt, reader))
		verdicts[other == nil]++
		if (len(ours) == 0) != (other == nil) {
			rt.Fatalf("ours %v\ntheirs %v\nwriter %s\nreader %s", ours, other, writer.Text, reader.Text)
		}
	})
	if len(verdicts) < 2 {
		t.Errorf("only one verdict: %v", verdicts)
	}
}

// What a Resolution makes is what twmb/avro decodes.
func TestResolutionAgrees(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		writer, reader := g.pair(false)
		resolution, err := Resolve(writer, reader)
		if err != nil {
			rt.Fatalf("%v\nwriter %s\nreader %s", err, writer.Text, reader.Text)
		}
		value := g.value([]byte{}, writer.Type, 0)
		made, err := resolution.Append([]byte("before"), value)
		if err != nil {
			// Bytes that are no text are the one thing that cannot be read here.
			if resolution.root.strict && bytes.Contains([]byte(err.Error()), []byte("UTF-8")) {
				return
			}
			rt.Fatalf("%v\nwriter %s\nreader %s\n%x", err, writer.Text, reader.Text, value)
		}
		if !bytes.HasPrefix(made, []byte("before")) {
			rt.Fatalf("%q", made)
		}
		made = made[len("before"):]
		if resolution.SameBytes() && !bytes.Equal(made, value) {
			rt.Fatalf("%x is not %x\nwriter %s\nreader %s", made, value, writer.Text, reader.Text)
		}
		both, err := avro.Resolve(theirs(rt, writer), theirs(rt, reader))
		if err != nil {
			rt.Fatal(err)
		}
		var want, got any
		if _, err := both.Decode(value, &want); err != nil {
			rt.Fatal(err)
		}
		if _, err := theirs(rt, reader).Decode(made, &got); err != nil {
			rt.Fatalf("%v\nwriter %s\nreader %s\n%x", err, writer.Text, reader.Text, made)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("got %v\nwant %v\nwriter %s\nreader %s", got, want, writer.Text, reader.Text)
		}
	})
}

// A resolved projection fills the slots that the projection of the reader's schema fills from what the Resolution makes.
func TestResolvedProjectionAgrees(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		writer, reader := g.pair(false)
		resolution, err := Resolve(writer, reader)
		if err != nil {
			rt.Fatal(err)
		}
		value := g.value([]byte{}, writer.Type, 0)
		made, err := resolution.Append(nil, value)
		if err != nil {
			return
		}
		paths := g.paths(reader.Type)
		resolved, err := resolution.Projection(Bare, paths)
		if err != nil {
			rt.Fatal(err)
		}
		plain, err := NewProjection(reader, Bare, paths)
		if err != nil {
			rt.Fatal(err)
		}
		got, want := stale(resolved.Len()), stage.Row{}
		resolved.Read(value, &got)
		plain.Read(append([]byte{}, made...), &want)
		if got.Err != nil || want.Err != nil || got.Filled != want.Filled {
			rt.Fatalf("got %+v\nwant %+v\nwriter %s\nreader %s", got, want, writer.Text, reader.Text)
		}
		for _, path := range paths {
			i, j := resolved.Slot(path), plain.Slot(path)
			if i != j || !reflect.DeepEqual(got.Slots[i], want.Slots[j]) {
				rt.Fatalf("%q: got %d %+v, want %d %+v\nwriter %s\nreader %s", path, i, got.Slots[i], j, want.Slots[j], writer.Text, reader.Text)
			}
		}
		sameRows(rt, resolved, value)
	})
}

// As TestProjectionIgnoresItsNeighbours: whatever is wrong with a record, other slots make no difference.
func TestResolvedProjectionIgnoresItsNeighbours(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &generator{T: rt, logical: true, blocks: true}
		writer, reader := g.pair(false)
		resolution, err := Resolve(writer, reader)
		if err != nil {
			rt.Fatal(err)
		}
		data := g.value([]byte{}, writer.Type, 0)
		for range g.pick(3, "damages") {
			if len(data) > 0 {
				data[g.pick(len(data), "where")] = rapid.Byte().Draw(rt, "damage")
			}
		}
		data = data[:g.pick(len(data)+1, "cut")]
		paths := g.paths(reader.Type)
		together, err := resolution.Projection(Bare, paths)
		if err != nil {
			rt.Fatal(err)
		}
		sameRows(rt, together, data)
		var row stage.Row
		together.Read(data, &row)
		for _, path := range paths {
			alone, err := resolution.Projection(Bare, []string{path})
			if err != nil {
				rt.Fatal(err)
			}
			var one stage.Row
			alone.Read(data, &one)
			slot := together.Slot(path)
			if (one.Filled == 1) != (slot < row.Filled) || one.Filled == 1 && one.Slots[0] != row.Slots[slot] {
				rt.Fatalf("%q alone: %+v; with %v: %+v\nwriter %s\nreader %s\n%x", path, one, paths, row, writer.Text, reader.Text, data)
			}
		}
	})
}
