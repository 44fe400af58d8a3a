package runtime_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/topology"
)

const confluence = `
apiVersion: anabranch/v1
kind: Pipeline
name: confluence
streams:
  web: {topic: web, value: {format: string}, partitions: 1}
  mobile: {topic: mobile, value: {format: string}, partitions: 1}
  late: {topic: late, partitions: 1}
  all: {topic: all, partitions: 1}
operators:
  merge: {type: merger, from: [web, mobile], order_by: timestamp, heartbeat: 'header("beat") != null', %s, to: all}
on_error: {dead_letter: dead}
`

// say writes records of these milliseconds to a topic; a beat says no more than how far it is.
func (r *river) say(topic string, beat bool, millis ...int64) {
	r.t.Helper()
	var records []*kgo.Record
	for _, at := range millis {
		one := &kgo.Record{Topic: topic, Timestamp: time.UnixMilli(at), Value: fmt.Appendf(nil, "%s %d", topic, at)}
		if beat {
			one.Headers = []kgo.RecordHeader{{Key: "beat", Value: []byte("now")}}
		}
		records = append(records, one)
	}
	if err := r.ProduceSync(r.t.Context(), records...).FirstErr(); err != nil {
		r.t.Fatal(err)
	}
}

// told are the values and the headers of the merger in a topic.
func (r *river) told(topic string) (all []string) {
	for _, rec := range r.committed(topic) {
		text := string(rec.Value)
		for _, h := range rec.Headers {
			if h.Key == topology.LateHeader || h.Key == topology.SequenceHeader {
				text += fmt.Sprintf(" %s=%s", strings.TrimPrefix(h.Key, "anabranch."), h.Value)
			}
		}
		all = append(all, text)
	}
	return all
}

// Late records go where the file says. The second run ends before mobile has come as far as web, so that what mobile says after it
// is late.
func TestLateRecordsGoWhereTheFileSays(t *testing.T) {
	for _, c := range []struct {
		name, says string
		topics     map[string][]string
	}{
		{"to a stream", "wait: strict, late: late, sequence: true", map[string][]string{
			"all":  {"web 10 sequence=0", "mobile 20 sequence=1", "web 30 sequence=2", "mobile 40 sequence=3"},
			"late": {"mobile 25"},
		}},
		{"flagged", "wait: strict, late: flag, sequence: true", map[string][]string{
			"all": {"web 10 sequence=0", "mobile 20 sequence=1", "web 30 sequence=2", "mobile 25 late=true sequence=3", "mobile 40 sequence=4"},
		}},
		{"dropped", "wait: strict, late: drop", map[string][]string{"all": {"web 10", "mobile 20", "web 30", "mobile 40"}}},
		{"dead letters", "wait: strict, late: dead_letter", map[string][]string{
			"all": {"web 10", "mobile 20", "web 30", "mobile 40"}, "dead": {"mobile 25"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRiver(t)
			r.create("web", 1)
			r.create("mobile", 1)
			p := r.load(fmt.Sprintf(strings.Replace(confluence, "  late: {topic: late, partitions: 1}\n", map[bool]string{true: "  late: {topic: late, partitions: 1}\n"}[strings.Contains(c.says, "late: late")], 1), c.says))
			r.say("web", false, 10, 30)
			r.say("mobile", false, 20)
			if err := r.worker(p, "a", true).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.say("mobile", false, 25, 40)
			r.say("web", true, 35)
			w := r.worker(p, "a", true)
			if err := w.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			for topic, want := range c.topics {
				if got := r.told(topic); !slices.Equal(got, want) {
					t.Errorf("%s: got %q, want %q", topic, got, want)
				}
			}
			if op := w.Report().Subs[0].Operators[0]; op.In != 3 || op.In != op.Passed+op.Dropped+op.Dead {
				t.Errorf("the balance of the second run is %+v, want 3 in: two records and a heartbeat", op)
			}
		})
	}
}

// An input that holds the others back is told on /readyz and as a metric, logged once, and released by a heartbeat.
func TestAStallIsTold(t *testing.T) {
	r := newRiver(t)
	r.create("web", 1)
	r.create("mobile", 1)
	p := r.load(fmt.Sprintf(strings.Replace(confluence, "  late: {topic: late, partitions: 1}\n", "", 1), "wait: strict, late: drop"))
	r.say("web", false, 10)
	log := &lockedBuffer{}
	w, err := runtime.New(p, runtime.Options{Instance: "a", CreateTopics: true, Listen: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	ask := func(path string) string {
		_, addr, _ := strings.Cut(log.String(), "addr=")
		addr, _, _ = strings.Cut(addr, "\n")
		answer, err := http.Get("http://" + strings.TrimSpace(addr) + path)
		if err != nil {
			return ""
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return string(text)
	}
	if !until(t.Context(), func() bool { return strings.Contains(ask("/readyz"), `"topic":"mobile"`) }) {
		t.Fatalf("/readyz does not say that mobile holds web back: %s", ask("/readyz"))
	}
	if text := ask("/metrics"); !strings.Contains(text, `anabranch_merger_stalled_seconds{operator="merge",partition="0",pipeline="confluence",sub="merge",topic="mobile"}`) {
		t.Errorf("no metric tells of the stall: %s", text)
	}
	r.say("mobile", true, 15)
	if !until(t.Context(), func() bool { return len(r.committed("all")) == 1 }) {
		t.Fatal("a heartbeat did not release the record")
	}
	if text := ask("/readyz"); strings.Contains(text, "stalls") {
		t.Errorf("nothing waits, and /readyz says %s", text)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
