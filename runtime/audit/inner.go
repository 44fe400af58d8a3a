package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/topology"
)

// checkInner holds what was read of each topic between two sub-topologies to what was written to it: in + not yet read =
// emitted. Offsets bound what is not read yet from above, since markers have offsets, too.
func (a *auditor) checkInner(ctx context.Context) error {
	for up, from := range a.pipeline.Subs {
		for _, s := range from.Sinks {
			down := slices.IndexFunc(a.pipeline.Subs, func(to *topology.Sub) bool { return slices.Contains(to.Inputs, s) })
			if down < 0 {
				continue
			}
			read, emitted := a.found.Subs[down].records(s), a.found.Subs[up].emitted(s)
			if !a.found.Subs[up].whole(nil) || !a.found.Subs[down].whole(s) {
				a.remark("topic %s: what %s read of it is not compared with what %s wrote, since not all of both is counted", s.Topic(), a.found.Subs[down].Name, a.found.Subs[up].Name)
				continue
			}
			unread, err := a.unread(ctx, &a.found.Subs[down], s.Topic())
			if err != nil {
				return err
			}
			replayed, err := a.replayed(ctx)
			if err != nil {
				return err
			}
			if read > emitted && !replayed {
				a.unbalanced(s.Topic(), "%s read %d records, but %s emitted %d", a.found.Subs[down].Name, read, a.found.Subs[up].Name, emitted)
			}
			if read+unread < emitted {
				a.unbalanced(s.Topic(), "%s emitted %d records, but %s read %d and at most %d are left", a.found.Subs[up].Name, emitted, a.found.Subs[down].Name, read, unread)
			}
		}
	}
	return nil
}

func (a *auditor) unbalanced(topic, format string, args ...any) {
	a.found.Imbalances = append(a.found.Imbalances, Imbalance{Topic: topic, Partition: -1, What: fmt.Sprintf(format, args...)})
}

// records is how many records were read of a stream.
func (s *Sub) records(stream *topology.Stream) (n uint64) {
	for _, p := range s.Partitions {
		if slices.Contains(stream.Topics, p.Topic) {
			n += p.Records
		}
	}
	return n
}

// emitted is how many records were written to a stream.
func (s *Sub) emitted(stream *topology.Stream) (n uint64) {
	for _, op := range s.Operators {
		for _, port := range op.Ports {
			if port.Stream == stream.Name {
				n += port.Emitted
			}
		}
	}
	return n
}

func (s *Sub) dead() (n uint64) {
	for _, op := range s.Operators {
		n += op.Dead
	}
	return n
}

// whole tells whether the counts reach back to the first offset of every partition: of one stream, or of all.
func (s *Sub) whole(stream *topology.Stream) bool {
	for _, p := range s.Partitions {
		if stream != nil && !slices.Contains(stream.Topics, p.Topic) {
			continue
		}
		if p.Err != nil || p.From > 0 || p.earlier > 0 {
			return false
		}
	}
	return true
}

// unread is how many offsets of a topic lie behind the positions of s.
func (a *auditor) unread(ctx context.Context, s *Sub, topic string) (n uint64, err error) {
	ends, err := records.Offsets(ctx, a.admin.ListEndOffsets, topic)
	if err != nil {
		return 0, err
	}
	for _, p := range s.Partitions {
		if p.Topic == topic {
			n += uint64(max(0, ends[p.Partition]-p.Position))
			delete(ends, p.Partition)
		}
	}
	for _, end := range ends {
		n += uint64(end)
	}
	return n, nil
}
