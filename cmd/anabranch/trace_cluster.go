package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/anabranch-go/anabranch/runtime/deadletter"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/trace"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
)

// traceFromCluster traces the record at TOPIC:PARTITION:OFFSET.
func traceFromCluster(ctx context.Context, w io.Writer, p *topology.Pipeline, place string, f traceFlags) error {
	at, err := recordPlace(place)
	if err != nil {
		return err
	}
	t := new(traced)
	if at.Topic != p.OnError.DeadLetter {
		if t.stream, err = streamOfTopic(p, at.Topic); err != nil {
			return err
		}
	}
	cluster, err := trace.Open(ctx, p, nil, nil)
	if err != nil {
		return err
	}
	defer cluster.Close()
	if t.record, err = cluster.Record(ctx, at); err != nil {
		return untraceable(err)
	}
	if t.stream == nil {
		if err := t.riseFrom(ctx, cluster, p); err != nil {
			return err
		}
	}
	if t.form, err = ndjson.Of(t.stream, 0); err != nil {
		return err
	}
	t.step = trace.New(p, cluster.Layout).Event(t.stream, records.Meta(t.record), t.record.Value)
	if f.down {
		if t.found, err = cluster.Descendants(ctx, t.stream, t.record, f.scanMax); err != nil {
			return err
		}
	}
	return t.print(w, f.output)
}

// riseFrom puts in the place of a dead letter the record that it came of.
func (t *traced) riseFrom(ctx context.Context, cluster *trace.Cluster, p *topology.Pipeline) (err error) {
	m := records.Meta(t.record)
	l, ok := deadletter.Read(&m, t.record.Value)
	if !ok || l.Pipeline != p.Name {
		return usagef("%s is no dead letter of pipeline %s", m.Origin, p.Name)
	}
	t.letter = fmt.Sprintf("%s, of %s (%s),", m.Origin, printable(l.Operator), printable(string(l.Code)))
	if t.stream, err = streamOfTopic(p, l.Event.Origin.Topic); err != nil {
		return err
	}
	if t.record, err = cluster.Record(ctx, l.Event.Origin); err != nil {
		return untraceable(fmt.Errorf("dead letter %s came of %s: %w", m.Origin, l.Event.Origin, err))
	}
	return nil
}

// untraceable gives the exit code of a record that is not there.
func untraceable(err error) error {
	if errors.Is(err, trace.ErrAbsent) {
		return &status{code: exitData, err: err}
	}
	return err
}

// recordPlace reads TOPIC:PARTITION:OFFSET.
func recordPlace(text string) (stage.Origin, error) {
	wrong := usagef("%q: want TOPIC:PARTITION:OFFSET, such as signups:0:17", text)
	rest, offset, ok := cutLast(text)
	topic, partition, also := cutLast(rest)
	p, bad := strconv.ParseUint(partition, 10, 31)
	o, worse := strconv.ParseUint(offset, 10, 63)
	if !ok || !also || topic == "" || bad != nil || worse != nil {
		return stage.Origin{}, wrong
	}
	return stage.Origin{Topic: topic, Partition: int32(p), Offset: int64(o)}, nil
}

func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+1:], true
}

// streamOfTopic finds the stream of a topic, which an operator must read.
func streamOfTopic(p *topology.Pipeline, topic string) (*topology.Stream, error) {
	var have []string
	for _, s := range p.Streams {
		if slices.Contains(s.Topics, topic) {
			return s, traceable(p, s)
		}
		have = append(have, s.Topics...)
	}
	return nil, usagef("topic %s belongs to no stream of the pipeline; it has %s", topic, list(have))
}
