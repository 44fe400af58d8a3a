package pipelines

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// TestExamplesDoWhatTheySay walks the example data through each pipeline's programs, without any broker: how many events
// every topic gets, and how many are rejected.
func TestExamplesDoWhatTheySay(t *testing.T) {
	signups, mobile, payments := "signups.ndjson", "mobile-signups.ndjson", "payments.ndjson"
	for _, test := range []struct {
		file, want string
		feeds      map[string]string
	}{
		{"signup.yaml", "audit=8 by_user=4", map[string]string{"signups": signups}},
		{"copier.yaml", "archive=8 billing=8 fraud=8", map[string]string{"payments": payments}},
		{"filter.yaml", "suspicious=2", map[string]string{"payments": payments}},
		{"splitter-match.yaml", "free=4 paid=4", map[string]string{"signups": signups}},
		{"splitter-when.yaml", "fine=6 review=2", map[string]string{"payments": payments}},
		{"splitter-percent.yaml", "control=8", map[string]string{"signups": signups}},
		{"sharder.yaml", "by_tenant=8", map[string]string{"payments": payments}},
		{"sharder-streams.yaml", "s0=6 s1=1 s2=1", map[string]string{"payments": payments}},
		{"merger.yaml", "all=11", map[string]string{"web": signups, "mobile": mobile}},
		{"merge-signups.yaml", "late=1 signups=7", map[string]string{"web": "merge-web.ndjson", "mobile": "merge-mobile.ndjson", "partner": "merge-partner.ndjson"}},
		{"all-five.yaml", "audit=11 by_user=3 free=4", map[string]string{"web": signups, "mobile": mobile}},
	} {
		t.Run(test.file, func(t *testing.T) {
			p, err := topology.Load(test.file, topology.Options{Partitioner: anyPartition})
			if err != nil {
				t.Fatal(err)
			}
			w := walk{t: t, got: map[string]int{}}
			for _, name := range slices.Sorted(maps.Keys(test.feeds)) {
				w.feed(p.Subs[0], name, filepath.Join("data", test.feeds[name]))
			}
			if got := w.String(); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// anyPartition stands in for that of a Kafka client, which a program does not come with.
func anyPartition(key []byte, n int32) int32 {
	h := fnv.New32a()
	h.Write(key)
	return int32(h.Sum32() % uint32(n))
}

// walk counts what reaches the sinks of a sub-topology.
type walk struct {
	t   *testing.T
	got map[string]int
}

func (w *walk) feed(sub *topology.Sub, stream, file string) {
	w.t.Helper()
	text, err := os.Open(file)
	if err != nil {
		w.t.Fatal(err)
	}
	defer text.Close()
	input := slices.IndexFunc(sub.Inputs, func(s *topology.Stream) bool { return s.Name == stream })
	form := ndjson.Form{Value: schemas.NewCodec(sub.Inputs[input].Value.Schema)}
	outputs := make([]stage.Output, len(sub.Sinks))
	for i := range outputs {
		outputs[i].Partitions = 8
	}
	runner := stage.NewRunner(runtime.Alone(sub), outputs)
	var e stage.Event[stage.Row]
	for lines := bufio.NewScanner(text); lines.Scan(); {
		r, err := form.Read(lines.Bytes())
		if err != nil {
			w.t.Fatalf("%s: %v", file, err)
		}
		if e.Time = r.Timestamp; sub.Projection != nil {
			sub.Projection.Read(r.Value, &e.Value)
		}
		runner.Route(input, 0, &e)
	}
	for i, picks := range runner.Picks {
		w.got[sub.Sinks[i].Name] += len(picks)
	}
	for _, r := range runner.Rejected {
		w.t.Errorf("%s rejected an event: %v", sub.Operators[r.Node].Name, r.Err)
	}
}

// String has the counts by name, without topics that got nothing.
func (w *walk) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(w.got)) {
		if w.got[name] > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", name, w.got[name]))
		}
	}
	return strings.Join(parts, " ")
}
