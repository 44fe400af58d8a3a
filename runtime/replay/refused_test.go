package replay

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
)

// fork is a pipeline of which one operator writes two topics.
const fork = `
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in:    {topic: in, value: {format: bytes}, key: {format: string}, partitions: 1}
  wide:  {topic: wide}
  thin:  {topic: thin}
operators:
  both: {type: copier, from: in, to: [wide, thin]}
on_error: {dead_letter: dlq}
`

// narrow makes a topic that takes no batch larger than bytes.
func (b *bench) narrow(topic, bytes string) {
	b.t.Helper()
	if _, err := kadm.NewClient(b.Client).CreateTopics(b.t.Context(), 1, 1, map[string]*string{"max.message.bytes": &bytes}, topic); err != nil {
		b.t.Fatal(err)
	}
}

// widen lets topics take any record.
func (b *bench) widen(topics ...string) {
	b.t.Helper()
	large := "1000000"
	if _, err := kadm.NewClient(b.Client).AlterTopicConfigs(b.t.Context(), []kadm.AlterConfig{{Name: "max.message.bytes", Value: &large}}, topics...); err != nil {
		b.t.Fatal(err)
	}
}

// oversize feeds a record that is too large among some that are not, and gives its value.
func (b *bench) oversize(text string) string {
	b.t.Helper()
	b.pass(text)
	var value strings.Builder
	for i := range 500 { // not to be compressed away
		fmt.Fprintf(&value, "%x,", i*i*2654435761)
	}
	for _, v := range []string{"a", value.String(), "b"} {
		r := &kgo.Record{Topic: "in", Key: []byte("k"), Value: []byte(v), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("v")}}}
		if err := b.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
			b.t.Fatal(err)
		}
	}
	b.pass(text)
	return value.String()
}

func values(records []*kgo.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Value))
	}
	return all
}

// What the broker refused for one stream is replayed to that stream alone: to the others it went before.
func TestRefusedIsReplayedToItsStreamAlone(t *testing.T) {
	b := newBench(t)
	b.narrow("thin", "300")
	big := b.oversize(fork)
	if got := values(b.committed("thin")); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("thin has %d records", len(got))
	}
	r := b.replay(fork, Order{})
	fates(t, &r.Groups, 0, 0, 0, 1, 0)
	for why := range r.Groups.Sorted()[0].Why {
		if !strings.Contains(why, "the broker refuses what becomes of it: MESSAGE_TOO_LARGE") {
			t.Errorf("why %q", why)
		}
	}
	b.widen("thin")
	fates(t, &b.replay(fork, Order{}).Groups, 0, 1, 0, 0, 0)
	if got := values(b.committed("thin")); !slices.Equal(got, []string{"a", "b", big}) {
		t.Errorf("thin has %d records", len(got))
	}
	if got := values(b.committed("wide")); !slices.Equal(got, []string{"a", big, "b"}) {
		t.Errorf("wide has %d records", len(got))
	}
}

// One letter says all the streams of an operator that an event did not reach.
func TestRefusedForTwoStreams(t *testing.T) {
	b := newBench(t)
	b.narrow("thin", "300")
	b.narrow("wide", "300")
	big := b.oversize(fork)
	if letters := b.committed("dlq"); len(letters) != 1 {
		t.Fatalf("%d dead letters, want one", len(letters))
	}
	b.widen("thin", "wide")
	fates(t, &b.replay(fork, Order{}).Groups, 0, 1, 0, 0, 0)
	for _, topic := range []string{"thin", "wide"} {
		if got := values(b.committed(topic)); !slices.Equal(got, []string{"a", "b", big}) {
			t.Errorf("%s has %d records", topic, len(got))
		}
	}
}

// A letter that is a pointer is replayed from its source record, as long as that is there.
func TestPointersAreReplayedFromTheirOrigin(t *testing.T) {
	for _, deleted := range []bool{false, true} {
		b := newBench(t)
		b.narrow("thin", "300")
		b.narrow("dlq", "1500")
		big := b.oversize(fork)
		letters := b.committed("dlq")
		m := records.Meta(letters[0])
		l, ok := deadletter.Read(&m, letters[0].Value)
		if len(letters) != 1 || !ok || l.Pointer == "" || l.Value != nil || !slices.Equal(l.Streams, []string{"thin"}) {
			t.Fatalf("%d letters, %+v", len(letters), l)
		}
		b.widen("thin", "dlq")
		if deleted {
			if _, err := kadm.NewClient(b.Client).DeleteRecords(t.Context(), kadm.Offsets{"in": {0: {Topic: "in", At: 2}}}); err != nil {
				t.Fatal(err)
			}
			r := b.replay(fork, Order{})
			fates(t, &r.Groups, 0, 0, 0, 1, 0)
			if why := r.Groups.Sorted()[0].Why; why[errGone.Error()] != 1 {
				t.Errorf("why %v", why)
			}
			continue
		}
		fates(t, &b.replay(fork, Order{}).Groups, 0, 1, 0, 0, 0)
		thin := b.committed("thin")
		if got := values(thin); !slices.Equal(got, []string{"a", "b", big}) {
			t.Fatalf("thin has %d records", len(got))
		}
		if string(thin[2].Key) != "k" || string(thin[2].Headers[0].Value) != "v" || len(thin[2].Headers) != 5 {
			t.Errorf("replayed as %v", thin[2])
		}
	}
}

// A letter that fails again, and of which the broker refuses the new letter, stays what it is.
func TestRefusedNewLetterLeavesTheOldOne(t *testing.T) {
	b := newBench(t)
	b.poison(4)
	small := "100"
	if _, err := kadm.NewClient(b.Client).AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: "max.message.bytes", Value: &small}}, "dlq"); err != nil {
		t.Fatal(err)
	}
	fates(t, &b.replay(file(hard), Order{}).Groups, 0, 0, 0, 2, 0)
	fates(t, &b.replay(file(easy), Order{}).Groups, 0, 2, 0, 0, 0)
}
