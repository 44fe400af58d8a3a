package deadletter

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// event draws an event, whose headers may look like those of a dead letter.
func event(t *rapid.T) (stage.Meta, []byte) {
	names := []string{"a", "b", "", HeaderException, HeaderOperator, HeaderAttempt, "anabranch.else", "__streams.errors.else"}
	m := stage.Meta{
		Time:   time.UnixMilli(rapid.Int64Range(0, 1<<45).Draw(t, "time")),
		Origin: stage.Origin{Topic: "in", Partition: rapid.Int32Range(0, 1<<30).Draw(t, "partition"), Offset: rapid.Int64Min(0).Draw(t, "offset")},
		Key:    bytesOrNil(t, "key"),
	}
	for range rapid.IntRange(0, 5).Draw(t, "headers") {
		m.Headers = append(m.Headers, stage.Header{Key: rapid.SampledFrom(names).Draw(t, "name"), Value: bytesOrNil(t, "header")})
	}
	return m, bytesOrNil(t, "value")
}

func bytesOrNil(t *rapid.T, label string) []byte {
	if rapid.Bool().Draw(t, label+" is nil") {
		return nil
	}
	return rapid.SliceOf(rapid.Byte()).Draw(t, label)
}

func TestReadGivesTheEventBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, value := event(t)
		letters := Letters{Pipeline: "p", Revision: "r1", Attempt: rapid.IntRange(1, 100).Draw(t, "attempt")}
		letter := letters.Of(&m, &topology.Operator{Name: "op", Type: "filter", Expressions: []string{"a > b"}}, &Refusal{errors.New("no"), []string{"x", "y"}})
		letter.Origin = stage.Origin{Topic: "dlq", Partition: 1, Offset: 7}
		for range 3 { // a replay and another failure change nothing
			l, ok := Read(&letter, value)
			if !ok {
				t.Fatal("not read")
			}
			if !same(l.Event, m) || !reflect.DeepEqual(l.Value, value) {
				t.Fatalf("event %+v; want %+v", l.Event, m)
			}
			if l.Place != letter.Origin || l.Pipeline != "p" || l.Operator != "op" || l.Revision != "r1" || l.Code != Refused ||
				l.Expression != "a > b" || !strings.HasSuffix(l.Reason, ": no") || l.Attempt != letters.Attempt ||
				l.Exception != "*deadletter.Refusal" || !slices.Equal(l.Streams, []string{"x", "y"}) {
				t.Fatalf("letter %+v", l)
			}
			again := l.Again(time.UnixMilli(1))
			if at, _ := again.Header(HeaderReplayOffset); string(at) != "7" || len(again.Headers) != len(m.Headers)+4 {
				t.Fatalf("again %+v", again)
			}
			letters.Attempt++
			letter = letters.Of(&again, &topology.Operator{Name: "op", Type: "filter", Expressions: []string{"a > b"}}, &Refusal{errors.New("no"), []string{"x", "y"}})
			letter.Origin = stage.Origin{Topic: "dlq", Partition: 1, Offset: 7}
			if l, _ := Read(&letter, value); l.Replayed != letter.Origin {
				t.Fatalf("replayed from %v", l.Replayed)
			}
		}
	})
}

func same(a, b stage.Meta) bool {
	return reflect.DeepEqual(a.Key, b.Key) && a.Time.Equal(b.Time) && a.Origin == b.Origin && slices.EqualFunc(a.Headers, b.Headers, func(x, y stage.Header) bool { return reflect.DeepEqual(x, y) })
}

func TestReadPointer(t *testing.T) {
	m := stage.Meta{Key: []byte("k"), Origin: stage.Origin{Topic: "in", Offset: 3}}
	p := Letters{Pipeline: "p"}.Pointer(&m, &topology.Operator{Name: "op"}, errors.New("no"), errors.New("too large"))
	l, ok := Read(&p, nil)
	if !ok || l.Pointer != "too large" || l.Event.Origin != m.Origin || l.Attempt != 1 || len(l.Event.Headers) != 0 {
		t.Errorf("%v %+v", ok, l)
	}
}

func TestOthersAreNoDeadLetters(t *testing.T) {
	for _, headers := range [][]stage.Header{
		nil,
		{{Key: "a"}},
		{header(HeaderException, "x"), header(HeaderOperator, "op")},
		{header(HeaderOperator, "op"), header(HeaderPipeline, "p"), header(HeaderAttempt, "1"), header(HeaderTopic, "t"), header(HeaderPartition, "0"), header(HeaderOffset, "0")},
	} {
		m := stage.Meta{Headers: headers}
		if _, ok := Read(&m, nil); ok {
			t.Errorf("%v is read as a dead letter", headers)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("op", "in", "0", "0", "1")
	f.Add("", "in", "-1", "99999999999999999999", "x")
	f.Fuzz(func(t *testing.T, operator, topic, partition, offset, attempt string) {
		m := stage.Meta{Headers: []stage.Header{
			header(HeaderException, ""), header(HeaderPipeline, "p"), header(HeaderOperator, operator), header(HeaderTopic, topic),
			header(HeaderPartition, partition), header(HeaderOffset, offset), header(HeaderAttempt, attempt),
		}}
		l, ok := Read(&m, nil)
		if ok && (l.Operator == "" || l.Event.Origin.Partition < 0 || l.Event.Origin.Offset < 0 || l.Attempt < 0) {
			t.Errorf("%+v", l)
		}
	})
}
