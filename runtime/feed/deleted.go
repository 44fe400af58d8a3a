package feed

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/anabranch-go/anabranch/runtime/records"
)

// span is a run of offsets that this feed has written, from and to included.
type span struct{ from, to int64 }

// wrote notes an offset of a partition. Those of one partition come in order, and others may write in between.
func (f *Feeder) wrote(partition int32, offset int64) {
	if f.written == nil {
		f.written = map[int32][]span{}
	}
	spans := f.written[partition]
	if n := len(spans); n > 0 && spans[n-1].to+1 == offset {
		spans[n-1].to = offset
		return
	}
	f.written[partition] = append(spans, span{offset, offset})
}

// Deleted is how many records of the feed are no longer in the topic: they stand before the start of their partition.
// Retention goes by the time of the records, so what is old when it is fed may be gone before it is read.
func (f *Feeder) Deleted(ctx context.Context, admin *kadm.Client) (int, error) {
	starts, err := records.Offsets(ctx, admin.ListStartOffsets, f.Topic)
	if err != nil {
		return 0, fmt.Errorf("look for what is left of the feed: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	gone := int64(0)
	for partition, spans := range f.written {
		for _, s := range spans {
			gone += max(0, min(s.to+1, starts[partition])-s.from)
		}
	}
	return int(gone), nil
}
