package replay

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/records"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReplayCompletesTheOutputsOnce(t *testing.T) {
	b := newBench(t)
	b.poison(40)
	before := len(b.committed("all"))

	dry, err := b.desk(file(easy), nil).DryRun(t.Context(), Order{})
	if err != nil {
		t.Fatal(err)
	}
	fates(t, &dry.Groups, 0, 20, 0, 0, 0)
	if dry.Written["good"] != 20 || len(b.committed("good")) != 20 {
		t.Errorf("the dry run says %v, and %d are there", dry.Written, len(b.committed("good")))
	}
	groups, err := kadm.NewClient(b.Client).ListGroups(t.Context())
	if err != nil || slices.Contains(groups.Groups(), "p.dlq") {
		t.Errorf("the dry run made a group: %v, %v", groups.Groups(), err)
	}
	if _, err := records.Offsets(t.Context(), kadm.NewClient(b.Client).ListStartOffsets, "p-replay"); err == nil {
		t.Error("the dry run made a topic")
	}

	r := b.replay(file(easy), Order{})
	fates(t, &r.Groups, 0, 20, 0, 0, 0)
	if !maps.Equal(r.Written, map[string]int{"good": 20}) {
		t.Errorf("written %v", r.Written)
	}
	r = b.replay(file(easy), Order{})
	fates(t, &r.Groups, 0, 0, 0, 0, 20)

	good := b.committed("good")
	if got := keys(good); !slices.Equal(got, wantKeys(0, 40, 1)) {
		t.Errorf("good has %v", got)
	}
	if got := len(b.committed("all")); got != before {
		t.Errorf("the copier's other branch got %d events again", got-before)
	}
	if got := len(b.committed("dlq")); got != 20 {
		t.Errorf("%d dead letters", got)
	}
	sameAsEver(t, b, good)
	list, err := b.desk(file(easy), nil).List(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	fates(t, &list, 0, 0, 0, 0, 20)
}

// sameAsEver wants the records of good to be those that the mended pipeline would have written from the beginning.
func sameAsEver(t *testing.T, b *bench, good []*kgo.Record) {
	t.Helper()
	source := map[string]*kgo.Record{}
	for _, r := range b.committed("in") {
		source[string(r.Key)] = r
	}
	for _, r := range good {
		from := source[string(r.Key)]
		if string(r.Value) != string(from.Value) || !r.Timestamp.Equal(from.Timestamp) || r.Partition != client.Partition(r.Key, 5) {
			t.Fatalf("%s at %d with %q; want %q", r.Key, r.Partition, r.Value, from.Value)
		}
		if string(r.Headers[0].Value) != string(from.Headers[0].Value) || r.Headers[1].Value != nil {
			t.Fatalf("headers %v; want %v", r.Headers, from.Headers)
		}
		var more []string
		for _, h := range r.Headers[2:] {
			more = append(more, h.Key)
		}
		want := []string{deadletter.HeaderReplayTopic, deadletter.HeaderReplayPartition, deadletter.HeaderReplayOffset, deadletter.HeaderReplayAt}
		if len(r.Key) == 2 {
			want = nil
		}
		if !slices.Equal(more, want) {
			t.Fatalf("added headers %v", more)
		}
	}
}

func TestFiltersLeaveTheRestForLater(t *testing.T) {
	b := newBench(t)
	b.poison(40)
	third := b.committed("dlq")[3]
	since := time.UnixMilli(1_700_000_000_030)
	waiting := b.committed("dlq")
	for _, c := range []struct {
		order Order
		takes func(r *kgo.Record) bool
	}{
		{Order{Filter: Filter{Operator: "both"}}, func(*kgo.Record) bool { return false }},
		{Order{Filter: Filter{Code: "decode"}}, func(*kgo.Record) bool { return false }},
		{Order{Filter: Filter{At: &Position{third.Partition, third.Offset}}}, func(r *kgo.Record) bool { return string(r.Key) == string(third.Key) }},
		{Order{Filter: Filter{Since: since, Operator: "pick", Code: "expression"}}, func(r *kgo.Record) bool { return !r.Timestamp.Before(since) }},
		{Order{}, func(*kgo.Record) bool { return true }},
	} {
		var rest []*kgo.Record
		passed := 0
		for _, r := range waiting {
			if c.takes(r) {
				passed++
			} else {
				rest = append(rest, r)
			}
		}
		waiting = rest
		dry, err := b.desk(file(easy), nil).DryRun(t.Context(), c.order)
		if err != nil {
			t.Fatal(err)
		}
		r := b.replay(file(easy), c.order)
		if got := r.Groups.Total(); got.Passed != passed || dry.Groups.Total() != got {
			t.Errorf("%+v: %+v, foretold %+v; want %d", c.order, got, dry.Groups.Total(), passed)
		}
		list, err := b.desk(file(easy), nil).List(t.Context(), Filter{})
		if err != nil {
			t.Fatal(err)
		}
		fates(t, &list, len(waiting), 0, 0, 0, 20-len(waiting))
	}
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 40, 1)) {
		t.Errorf("good has %v", got)
	}
}

func TestLimitIsKept(t *testing.T) {
	b := newBench(t)
	b.poison(20)
	for _, most := range []int{3, 4, 3, 0} {
		entered := b.replay(file(easy), Order{LettersMax: most}).entered()
		if most > 0 && entered != most {
			t.Errorf("%d letters entered; want %d", entered, most)
		}
	}
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 20, 1)) {
		t.Errorf("good has %v", got)
	}
}

func TestFailingAgainCountsAttempts(t *testing.T) {
	b := newBench(t)
	b.poison(4)
	for attempt := 1; attempt < 3; attempt++ {
		r := b.replay(file(hard), Order{AttemptsMax: 3})
		fates(t, &r.Groups, 0, 0, 2, 0, 2*(attempt-1))
	}
	r := b.replay(file(easy), Order{AttemptsMax: 3})
	fates(t, &r.Groups, 0, 0, 0, 2, 4)
	if why := r.Groups.Sorted()[0].Why; len(why) != 1 || why["it has failed 3 times; at most 3 attempts are made"] != 2 {
		t.Errorf("why %v", why)
	}
	var attempts []int
	for _, record := range b.committed("dlq") {
		m := records.Meta(record)
		l, ok := deadletter.Read(&m, record.Value)
		if !ok || l.Event.Origin.Topic != "in" || len(l.Event.Headers) != 2 || (l.Attempt > 1) != (l.Replayed.Topic == "dlq") {
			t.Errorf("letter %+v", l)
		}
		attempts = append(attempts, l.Attempt)
	}
	if slices.Sort(attempts); !slices.Equal(attempts, []int{1, 1, 2, 2, 3, 3}) {
		t.Errorf("attempts %v", attempts)
	}
	fates(t, &b.replay(file(easy), Order{AttemptsMax: 9}).Groups, 0, 2, 0, 0, 4)
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 4, 1)) {
		t.Errorf("good has %v", got)
	}
}

func TestLettersOfAnOperatorThatIsGone(t *testing.T) {
	b := newBench(t)
	b.poison(4)
	r := b.replay(strings.ReplaceAll(file(easy), "pick:", "choose:"), Order{})
	fates(t, &r.Groups, 0, 0, 0, 2, 0)
	for why := range r.Groups.Sorted()[0].Why {
		if !strings.Contains(why, `no operator "pick"; it has both, choose, user`) {
			t.Errorf("why %q", why)
		}
	}
	fates(t, &b.replay(file(easy), Order{}).Groups, 0, 2, 0, 0, 0)
}

func TestOthersRecordsAreLeftAlone(t *testing.T) {
	b := newBench(t)
	b.poison(4)
	theirs := b.committed("dlq")[0]
	theirs.Headers = slices.Clone(theirs.Headers)
	for i, h := range theirs.Headers {
		if h.Key == deadletter.HeaderPipeline {
			theirs.Headers[i].Value = []byte("other")
		}
	}
	for _, r := range []*kgo.Record{{Topic: "dlq", Value: []byte("x")}, {Topic: "dlq", Key: theirs.Key, Value: theirs.Value, Headers: theirs.Headers}} {
		if err := b.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	fates(t, &b.replay(file(easy), Order{}).Groups, 0, 2, 0, 0, 0)
	d := b.desk(file(easy), nil)
	if _, err := d.List(t.Context(), Filter{}); err != nil || d.Foreign != 2 {
		t.Errorf("%d foreign, %v", d.Foreign, err)
	}
}

func TestMarksOfATopicThatWasMadeAnewDoNotCount(t *testing.T) {
	b := newBench(t)
	b.poison(4)
	b.replay(file(easy), Order{})
	admin := kadm.NewClient(b.Client)
	if _, err := admin.DeleteTopic(t.Context(), "dlq"); err != nil {
		t.Fatal(err)
	}
	letters := slices.SortedFunc(slices.Values(b.committed("in")), func(a, b *kgo.Record) int { return cmp.Compare(string(a.Key), string(b.Key)) })
	if _, err := admin.CreateTopic(t.Context(), 3, 1, nil, "dlq"); err != nil {
		t.Fatal(err)
	}
	for _, r := range letters {
		if err := b.ProduceSync(t.Context(), &kgo.Record{Topic: "in", Key: append(r.Key, "!!"...)[:3], Value: r.Value}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	b.pass(file(hard))
	r := b.replay(file(easy), Order{})
	if got := r.Groups.Total(); got.Replayed != 0 || got.Passed != 4 {
		t.Errorf("%+v", got)
	}
}

func TestRateIsBounded(t *testing.T) {
	r := &run{next: time.Now(), report: &Report{Written: map[string]int{}}, marked: &marks{words: map[int32]map[int64]uint64{}}}
	r.order.PerSecond = 100
	if r.order.enterMax() != 100 {
		t.Errorf("%d letters enter in one transaction", r.order.enterMax())
	}
	start := r.next
	for range 10 {
		r.entered = 100
		r.settle()
	}
	if got := r.next.Sub(start); got != 10*time.Second {
		t.Errorf("1000 letters take %s", got)
	}
}

func TestNamesOfReplaysAreTheirOwn(t *testing.T) {
	b := newBench(t)
	for _, text := range []string{
		strings.ReplaceAll(strings.ReplaceAll(file(easy), "  in: ", "  dlq:"), "from: in", "from: dlq"),
		strings.ReplaceAll(file(easy), "topic: all", "topic: p-replay"),
		strings.ReplaceAll(file(easy), "dead_letter: dlq", "dead_letter: p-replay"),
	} {
		if _, err := Open(t.Context(), b.load(text), nil, quiet); !errors.Is(err, runtime.ErrOptions) {
			t.Errorf("%v for %s", err, text)
		}
	}
}
