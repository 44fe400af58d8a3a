package history_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/integration/history"
)

const users = 3

// input is event number n as an input topic of two partitions holds it; the users take turns.
func input(n int) *kgo.Record {
	user := n % users
	return &kgo.Record{
		Topic: "in", Partition: int32(user % 2), Offset: int64(n),
		Key: fmt.Appendf(nil, "user-%d", user), Value: fmt.Appendf(nil, "event %d", n),
		Timestamp: time.UnixMilli(int64(1_000 + n)),
		Headers:   []kgo.RecordHeader{{Key: "source", Value: []byte("web")}, history.NumberHeader(n)},
	}
}

func ledger(t testing.TB, n int) *history.Ledger {
	t.Helper()
	l := &history.Ledger{}
	for i := range n {
		if err := l.Add(input(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Whole(); err != nil {
		t.Fatal(err)
	}
	return l
}

// even is an output of the even events on three partitions, by user.
func even() history.Output {
	return history.Output{
		Topic: "out",
		Want:  func(n int) bool { return n%2 == 0 },
		Place: func(r *kgo.Record) int32 { return int32(r.Key[len(r.Key)-1] - '0') },
		Lane:  func(r *kgo.Record) uint64 { return uint64(r.Key[len(r.Key)-1]) },
	}
}

// good is what even wants of n events.
func good(n int) []*kgo.Record {
	var out []*kgo.Record
	for i := 0; i < n; i += 2 {
		r := input(i)
		r.Topic, r.Partition, r.Offset = "out", int32(i%users), int64(len(out))
		out = append(out, r)
	}
	return out
}

func report(l *history.Ledger, o history.Output, records []*kgo.Record) history.Report {
	c := history.NewCheck(l, o)
	for _, r := range records {
		c.Record(r)
	}
	return c.Finish()
}

func TestWhatIsRightPasses(t *testing.T) {
	for _, n := range []int{60, 140_000} { // more than the ledger has on two pages
		r := report(ledger(t, n), even(), good(n))
		if err := r.Err(); err != nil {
			t.Fatal(err)
		}
		if r.Wanted != n/2 || r.Records != n/2 {
			t.Fatalf("got %d wanted and %d read of %d, want half", r.Wanted, r.Records, n)
		}
	}
}

// TestEachFaultIsFound spoils one thing each time and looks for that fault and for no other.
func TestEachFaultIsFound(t *testing.T) {
	tests := map[string]struct {
		spoil func(records []*kgo.Record) []*kgo.Record
		want  history.Report
	}{
		"lost":         {func(rs []*kgo.Record) []*kgo.Record { return slices.Delete(rs, 7, 8) }, history.Report{Lost: 1}},
		"all lost":     {func([]*kgo.Record) []*kgo.Record { return nil }, history.Report{Lost: 30}},
		"tail lost":    {func(rs []*kgo.Record) []*kgo.Record { return rs[:29] }, history.Report{Lost: 1}},
		"duplicated":   {func(rs []*kgo.Record) []*kgo.Record { return slices.Insert(rs, 8, rs[7]) }, history.Report{Duplicated: 1}},
		"read again":   {func(rs []*kgo.Record) []*kgo.Record { return append(rs, rs[:4]...) }, history.Report{Duplicated: 4}},
		"reordered":    {func(rs []*kgo.Record) []*kgo.Record { rs[6], rs[9] = rs[9], rs[6]; return rs }, history.Report{Reordered: 1}},
		"other lanes":  {func(rs []*kgo.Record) []*kgo.Record { rs[6], rs[7] = rs[7], rs[6]; return rs }, history.Report{}},
		"value":        {func(rs []*kgo.Record) []*kgo.Record { rs[3].Value = []byte("event x"); return rs }, history.Report{Changed: 1}},
		"no value":     {func(rs []*kgo.Record) []*kgo.Record { rs[3].Value = nil; return rs }, history.Report{Changed: 1}},
		"timestamp":    {func(rs []*kgo.Record) []*kgo.Record { rs[3].Timestamp = time.UnixMilli(5); return rs }, history.Report{Changed: 1}},
		"header value": {func(rs []*kgo.Record) []*kgo.Record { rs[3].Headers[0].Value = nil; return rs }, history.Report{Changed: 1}},
		"header name":  {func(rs []*kgo.Record) []*kgo.Record { rs[3].Headers[0].Key = "Source"; return rs }, history.Report{Changed: 1}},
		"header order": {func(rs []*kgo.Record) []*kgo.Record { slices.Reverse(rs[3].Headers); return rs }, history.Report{Changed: 1}},
		"header more": {func(rs []*kgo.Record) []*kgo.Record {
			rs[3].Headers = append(rs[3].Headers, kgo.RecordHeader{Key: "x"})
			return rs
		}, history.Report{Changed: 1}},
		"key":       {func(rs []*kgo.Record) []*kgo.Record { rs[3].Key = []byte("USER-0"); return rs }, history.Report{Changed: 1}},
		"misplaced": {func(rs []*kgo.Record) []*kgo.Record { rs[29].Partition++; return rs }, history.Report{Misplaced: 1}},
		"unexpected": {func(rs []*kgo.Record) []*kgo.Record {
			r := input(59)
			r.Partition = 59 % users
			return append(rs, r)
		}, history.Report{Unexpected: 1}},
		"no number": {func(rs []*kgo.Record) []*kgo.Record { return append(rs, &kgo.Record{Partition: 1}) }, history.Report{Foreign: 1}},
		"too high":  {func(rs []*kgo.Record) []*kgo.Record { return append(rs, input(60)) }, history.Report{Foreign: 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := report(ledger(t, 60), even(), test.spoil(good(60)))
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(history.Report{}, "Topic", "Records", "Wanted", "Examples")); diff != "" {
				t.Errorf("(-want +got)\n%s\n%v", diff, got.Examples)
			}
			if faulty := name != "other lanes"; faulty != (got.Err() != nil) {
				t.Errorf("error is %v", got.Err())
			}
		})
	}
}

func TestDeadLettersMayHaveMoreHeadersAndMustNameTheirOrigin(t *testing.T) {
	output := history.Output{
		Topic: "dead", Unordered: true, Added: []string{"why."},
		Place: func(*kgo.Record) int32 { return 0 },
		Want:  func(n int) bool { return n == 4 },
		Origin: func(r *kgo.Record) (partition int32, offset int64, err error) {
			_, err = fmt.Sscanf(string(r.Headers[len(r.Headers)-1].Value), "%d:%d", &partition, &offset)
			return partition, offset, err
		},
	}
	for claim, want := range map[string]int{"1:4": 0, "0:4": 1, "1:5": 1, "": 1} {
		r := input(4)
		r.Partition = 0
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: "why.origin", Value: []byte(claim)})
		got := report(ledger(t, 60), output, []*kgo.Record{r})
		if got.Misattributed != want || (got.Err() != nil) != (want > 0) {
			t.Errorf("claim %q: %v, want %d misattributed and nothing else", claim, got.Err(), want)
		}
	}
}

func TestLedgerRefuses(t *testing.T) {
	l := ledger(t, 3)
	if err := l.Add(input(1)); err == nil {
		t.Error("an event that is in the input twice was taken")
	}
	if err := l.Add(&kgo.Record{}); err == nil {
		t.Error("a record without a number was taken")
	}
	if err := l.Add(input(7)); err != nil || l.Whole() == nil {
		t.Error("numbers 3 to 6 are missing and nobody said so")
	}
}

// TestAnyChangeOfHistoryIsFound takes and repeats random records: what comes out right must be what went in.
func TestAnyChangeOfHistoryIsFound(t *testing.T) {
	l := ledger(t, 60)
	rapid.Check(t, func(t *rapid.T) {
		right := good(60)
		picks := rapid.SliceOfN(rapid.IntRange(0, len(right)-1), 0, 40).Draw(t, "picks")
		records, times := make([]*kgo.Record, 0, len(picks)), map[int]int{}
		for _, p := range picks {
			records = append(records, right[p])
			times[p]++
		}
		r := report(l, even(), records)
		if r.Lost != len(right)-len(times) || r.Duplicated != len(picks)-len(times) {
			t.Fatalf("%d of %d picked, %d times in all: %s", len(times), len(right), len(picks), &r)
		}
	})
}

func TestDigestForgetsOrderAndNothingElse(t *testing.T) {
	digest := func(records ...*kgo.Record) history.Digest {
		var d history.Digest
		for _, r := range records {
			d.Add(r)
		}
		return d
	}
	moved := input(2)
	moved.Partition++
	whole := digest(input(0), input(1), input(2))
	if whole != digest(input(2), input(0), input(1)) {
		t.Error("another order gives another digest")
	}
	for name, other := range map[string]history.Digest{
		"less": digest(input(0), input(1)), "another": digest(input(0), input(1), input(3)),
		"twice": digest(input(0), input(1), input(1)), "moved": digest(input(0), input(1), moved),
	} {
		if other == whole {
			t.Errorf("%s: the same digest", name)
		}
	}
}
