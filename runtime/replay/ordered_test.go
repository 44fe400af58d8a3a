package replay

import (
	"slices"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// A late letter of an ordered merger goes on, outside the order; what cannot be read is not let through.
func TestLettersOfAnOrderedMerger(t *testing.T) {
	p, err := topology.Load("../../pipelines/merge-signups.yaml", topology.Options{Partitioner: client.Partition})
	if err != nil {
		t.Fatal(err)
	}
	signup, err := schemas.NewCodec(p.Streams[0].Value.Schema).FromJSON([]byte(`{"user_id":"a","email":"","country":"","created_at":0,"age":9}`))
	if err != nil {
		t.Fatal(err)
	}
	sink := slices.IndexFunc(p.Subs[0].Sinks, func(s *topology.Stream) bool { return s.Name == "signups" })
	w := newWalk(p, topics.Declared(p, 1))
	for _, test := range []struct {
		value           []byte
		picks, rejected int
	}{{signup, 1, 0}, {[]byte{0xff}, 0, 1}} {
		way, err := w.carry(&deadletter.Letter{Operator: "in_order"}, &stage.Meta{Time: time.UnixMilli(0), Origin: stage.Origin{Topic: "signups.web"}}, test.value)
		if err != nil || len(way.picks[sink]) != test.picks || len(way.rejected) != test.rejected {
			t.Errorf("%x: %d picks, %d rejected (%v); want %d and %d", test.value, len(way.picks[sink]), len(way.rejected), err, test.picks, test.rejected)
		}
	}
}
