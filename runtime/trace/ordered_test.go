package trace

import (
	"strings"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// A trace decides of an ordered merger what a record tells by itself, and says what it does not tell.
func TestOrderedText(t *testing.T) {
	p, err := topology.Load("testdata/ordered.yaml", topology.Options{Partitioner: client.Partition})
	if err != nil {
		t.Fatal(err)
	}
	in := p.Streams[0]
	tracer, codec := New(p, topics.Declared(p, 1)), schemas.NewCodec(in.Value.Schema)
	var b strings.Builder
	for _, country := range []string{"DE", "--"} {
		for _, created := range []string{"2023-11-14T22:13:20Z", "2023-11-14T23:13:21Z", "2024-09-14T22:13:20Z"} {
			value, err := codec.FromJSON([]byte(`{"user_id": "u", "email": "", "country": "` + country + `", "created_at": "` + created + `", "age": 20}`))
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString("==== " + country + " " + created + "\n")
			b.WriteString(tracer.Event(in, meta(in), value).String())
		}
	}
	b.WriteString("==== a tombstone\n" + tracer.Event(in, meta(in), nil).String())
	golden(t, "testdata/ordered.want", b.String())
}

func meta(in *topology.Stream) stage.Meta {
	return stage.Meta{Key: []byte("k"), Time: time.UnixMilli(1_700_000_000_000), Origin: stage.Origin{Topic: in.Topic(), Partition: 1, Offset: 7}}
}
