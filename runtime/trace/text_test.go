package trace

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

var update = flag.Bool("update", false, "write what is printed into testdata/*.want")

// TestText holds what is printed of each line of testdata/orders.ndjson, of a tombstone and of a broken record, to the golden file.
func TestText(t *testing.T) {
	p, err := topology.Load("testdata/orders.yaml", topology.Options{Partitioner: client.Partition})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/orders.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	in := p.Streams[0]
	tracer := New(p, topics.Declared(p, 1))
	var b strings.Builder
	trace := func(line string, value []byte) {
		b.WriteString("==== " + line + "\n")
		m := stage.Meta{Key: []byte("k"), Time: time.UnixMilli(1_700_000_000_000), Origin: stage.Origin{Topic: in.Topic(), Partition: 2, Offset: 7}}
		for _, s := range tracer.Event(in, m, value).All() {
			b.WriteString(s.String() + "\n")
		}
	}
	codec := schemas.NewCodec(in.Value.Schema)
	for line := range strings.Lines(string(text)) {
		value, err := codec.FromJSON([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		trace(strings.TrimSpace(line), value)
	}
	trace("a tombstone", nil)
	trace("a broken record", []byte{2, 'a', 4})
	golden(t, "testdata/orders.want", b.String())
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "====") && utf8.RuneCountInString(line) > lineMax+1 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("prints\n%s\nwant\n%s", got, want)
	}
}
