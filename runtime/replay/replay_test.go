package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// file is a pipeline of text values whose operators find some events hard: `hard` is the expression of the filter.
func file(hard string) string {
	return fmt.Sprintf(`
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in:   {topic: in, value: {format: bytes}, key: {format: string}, partitions: 3}
  all:  {topic: all}
  good: {topic: good, partitions: 5}
operators:
  both: {type: copier, from: in, to: [all, some]}
  pick: {type: filter, from: some, where: '%s', to: picked}
  user: {type: sharder, from: picked, by: key, to: good}
on_error: {dead_letter: dlq}
`, hard)
}

// The keys are a0, a1, …; those of one letter more cannot be handled by the first expression.
const (
	hard = `key != null && 1 / (3 - size(key)) > 0`
	easy = `key != null && size(key) > 0`
)

// bench is a broker, and what has been written to it.
type bench struct {
	t     *testing.T
	addrs []string
	*kgo.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close(); b.Close() })
	return &bench{t, b.Addrs(), cl}
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func (b *bench) load(text string) *topology.Pipeline {
	b.t.Helper()
	p, err := topology.Parse("p.yaml", []byte(text), topology.Options{Partitioner: client.Partition})
	if err != nil {
		b.t.Fatal(err)
	}
	p.Kafka = topology.Kafka{Brokers: b.addrs}
	return p
}

// pass runs the pipeline over all that is there.
func (b *bench) pass(text string) {
	b.t.Helper()
	w, err := runtime.New(b.load(text), runtime.Options{Instance: "i", UntilEnd: true, CreateTopics: true, Log: quiet})
	if err == nil {
		err = w.Run(b.t.Context())
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// poison makes n events of which every other one becomes a dead letter.
func (b *bench) poison(n int) {
	b.t.Helper()
	b.pass(file(hard))
	var records []*kgo.Record
	for i := range n {
		records = append(records, &kgo.Record{
			Topic: "in", Key: []byte(key(i)), Value: fmt.Appendf(nil, "value %d", i), Timestamp: time.UnixMilli(1_700_000_000_000 + int64(i)),
			Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte{0xff, byte(i)}}, {Key: "trace", Value: nil}},
		})
	}
	if err := b.ProduceSync(b.t.Context(), records...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
	b.pass(file(hard))
	if got := len(b.committed("dlq")); got != n/2 {
		b.t.Fatalf("%d dead letters, want %d", got, n/2)
	}
}

// key gives keys of two bytes, every other time of three.
func key(i int) string { return string([]byte{'a' + byte(i/26%26), 'a' + byte(i%26), '!'}[:2+i%2]) }

func (b *bench) desk(text string, dial Dial) *Desk {
	b.t.Helper()
	d, err := Open(b.t.Context(), b.load(text), dial, quiet)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(d.Close)
	return d
}

func (b *bench) replay(text string, o Order) *Report {
	b.t.Helper()
	r, err := b.desk(text, nil).Replay(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// committed reads all that was committed to a topic, by partition and offset.
func (b *bench) committed(topic string) []*kgo.Record {
	b.t.Helper()
	var all []*kgo.Record
	err := scan(b.t.Context(), []kgo.Opt{kgo.SeedBrokers(b.addrs...)}, topic, func(r *kgo.Record) error { all = append(all, r); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

func keys(records []*kgo.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Key))
	}
	slices.Sort(all)
	return all
}

func wantKeys(from, to, step int) []string {
	var all []string
	for i := from; i < to; i += step {
		all = append(all, key(i))
	}
	slices.Sort(all)
	return all
}

// fates wants counts by fate.
func fates(t *testing.T, g *Groups, waiting, passed, failed, left, replayed int) {
	t.Helper()
	got := g.Total()
	if got.Waiting != waiting || got.Passed != passed || got.Failed != failed || got.Left != left || got.Replayed != replayed {
		t.Errorf("waiting %d, passed %d, failed %d, left %d, replayed %d; want %d, %d, %d, %d, %d",
			got.Waiting, got.Passed, got.Failed, got.Left, got.Replayed, waiting, passed, failed, left, replayed)
	}
}

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
	if _, err := offsets(t.Context(), kadm.NewClient(b.Client).ListStartOffsets, "p-replay"); err == nil {
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
	one := b.committed("dlq")[3]
	for i, c := range []struct {
		order    Order
		passed   int
		replayed int
	}{
		{Order{Filter: Filter{Operator: "both"}}, 0, 0},
		{Order{Filter: Filter{Code: "decode"}}, 0, 0},
		{Order{Filter: Filter{At: &Position{one.Partition, one.Offset}}}, 1, 0},
		{Order{Filter: Filter{Since: time.UnixMilli(1_700_000_000_030), Operator: "pick", Code: "expression"}}, 5, 0},
		{Order{LettersMax: 7}, 7, 0},
		{Order{}, 0, 20},
	} {
		dry, err := b.desk(file(easy), nil).DryRun(t.Context(), c.order)
		if err != nil {
			t.Fatal(err)
		}
		r := b.replay(file(easy), c.order)
		got, foretold := r.Groups.Total(), dry.Groups.Total()
		if c.replayed == 20 {
			if got.Passed+got.Replayed != 20 || got.Passed < 7 {
				t.Errorf("%d: %+v", i, got)
			}
			continue
		}
		if got.Passed != foretold.Passed {
			t.Errorf("%d: %d were foretold, %d passed", i, foretold.Passed, got.Passed)
		}
		if got.Passed > c.passed || got.Passed < c.passed-1 { // one of them may have gone before
			t.Errorf("%d: %d passed, want %d", i, got.Passed, c.passed)
		}
	}
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 40, 1)) {
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
		m := metaOf(record)
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

// wire is a network that is cut when it has seen some transactions end: the replies of the last one are lost.
type wire struct {
	mu    sync.Mutex
	left  int
	gone  bool
	conns []net.Conn
	onCut func() // may be nil
}

var errCut = errors.New("cut")

func (w *wire) dial(ctx context.Context, network, host string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone {
		c.Close()
		return nil, errCut
	}
	w.conns = append(w.conns, c)
	return &wired{Conn: c, wire: w}, nil
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	for _, c := range w.conns {
		c.Close()
	}
	if w.onCut != nil {
		w.onCut()
	}
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = false
}

// forget makes the group forget a replay that died, as the end of its session would.
func (b *bench) forget() {
	b.t.Helper()
	if _, err := kadm.NewClient(b.Client).LeaveGroup(b.t.Context(), kadm.LeaveGroup("p.dlq").InstanceIDs("p.dlq.replay")); err != nil {
		b.t.Fatal(err)
	}
}

type wired struct {
	net.Conn
	wire *wire
	last bool
}

const endTxn = 26

func (c *wired) Write(p []byte) (int, error) {
	if len(p) > 6 && p[4] == 0 && p[5] == endTxn {
		c.wire.mu.Lock()
		c.wire.left--
		c.last = c.wire.left == 0
		c.wire.mu.Unlock()
	}
	return c.Conn.Write(p)
}

func (c *wired) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.last && err == nil {
		c.wire.cut()
		return 0, errCut
	}
	return n, err
}

// A replay that dies between transactions, or not knowing whether its last one was committed, is followed by one that
// replays the rest.
func TestCrashesReplayOnce(t *testing.T) {
	b := newBench(t)
	b.poison(60)
	for _, transactions := range []int{1, 2, 1} { // that it ends before it dies with the reply to the last one
		if !b.crash(transactions) {
			t.Errorf("it came through %d transactions", transactions)
		}
		b.forget()
	}
	before := b.replay(file(easy), Order{}).Groups.Total()
	if before.Replayed == 0 || before.Passed == 0 || before.Replayed+before.Passed != 30 {
		t.Errorf("in the end %+v; want some that were replayed, and some that were not", before)
	}
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 60, 1)) {
		t.Errorf("good has %d: %v", len(got), got)
	}
}

// crash replays on a network that is cut for good when so many transactions have ended, and tells whether it was.
func (b *bench) crash(transactions int) bool {
	b.t.Helper()
	w := &wire{left: transactions}
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	w.onCut = cancel
	d, err := Open(ctx, b.load(file(easy)), w.dial, quiet)
	if err != nil {
		b.t.Fatal(err)
	}
	defer d.Close()
	r, err := d.begin(ctx, Order{PerSecond: 5}) // of which makes transactions of five
	if err != nil {
		b.t.Fatal(err)
	}
	r.order.PerSecond = 0 // and does not wait in between
	defer r.close()
	if err := r.run(ctx); err != nil {
		b.t.Log(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

func TestSecondReplayerIsRefused(t *testing.T) {
	b := newBench(t)
	b.poison(6)
	first, err := b.desk(file(easy), nil).begin(t.Context(), Order{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	for joined := false; !joined; {
		round, err := first.out.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		joined = len(round.Batches) > 0
	}
	_, err = b.desk(file(easy), nil).Replay(t.Context(), Order{})
	if err == nil || !strings.Contains(err.Error(), "another replay of pipeline p is running") {
		t.Errorf("the second one: %v", err)
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

// A replay that was in the middle of it when another one took its id over has committed nothing more, and reads the marks
// again before it goes on.
func TestMarksAreReadAgainAfterAnotherReplay(t *testing.T) {
	b := newBench(t)
	b.poison(20)
	w := &wire{}
	first, err := b.desk(file(easy), w.dial).begin(t.Context(), Order{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	for joined := false; !joined; { // and then it pauses, with letters in hand
		round, err := first.out.Poll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := first.refresh(t.Context(), round.Session); err != nil {
			t.Fatal(err)
		}
		for _, batch := range round.Batches {
			joined = true
			if err := first.work(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.cut()
	b.forget()
	fates(t, &b.replay(file(easy), Order{}).Groups, 0, 10, 0, 0, 0)
	if err := eos.Restart(t.Context(), []kgo.Opt{kgo.SeedBrokers(b.addrs...)}, "p.dlq", "replay", "dlq"); err != nil { // as a third one would
		t.Fatal(err)
	}
	w.mend()
	if err := first.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	fates(t, &first.report.Groups, 0, 0, 0, 0, 10)
	if got := keys(b.committed("good")); !slices.Equal(got, wantKeys(0, 20, 1)) {
		t.Errorf("good has %v", got)
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
