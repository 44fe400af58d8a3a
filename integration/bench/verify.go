package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/schemas"
)

// expectation is what went in, and which events each output must hold. It shares neither decoder nor expressions with the
// contenders.
type expectation struct {
	work   *workload
	codec  *goavro.Codec
	ledger history.Ledger
	wanted []history.Bitmap // by output
}

func newExpectation(w *workload) (*expectation, error) {
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return nil, err
	}
	codec, err := goavro.NewCodec(string(schema))
	if err != nil {
		return nil, err
	}
	return &expectation{work: w, codec: codec, wanted: make([]history.Bitmap, len(w.outputs))}, nil
}

// read reads the input topics.
func (e *expectation) read(ctx context.Context, seeds, topics []string) error {
	for _, topic := range topics {
		if err := history.Read(ctx, seeds, topic, e.add); err != nil {
			return err
		}
	}
	return e.ledger.Whole()
}

// add notes an event. Its number stands for its offset: they ascend alike, and numbers tell the order between inputs, too.
func (e *expectation) add(r *kgo.Record) error {
	number, _ := history.Number(r)
	noted := *r // whose offset the reader still needs
	noted.Offset = int64(number)
	if err := e.ledger.Add(&noted); err != nil {
		return err
	}
	var fields map[string]any
	for i, o := range e.work.outputs {
		if o.want == nil {
			continue
		}
		if fields == nil {
			native, _, err := e.codec.NativeFromBinary(r.Value)
			if err != nil {
				return fmt.Errorf("event %d: %w", number, err)
			}
			fields = native.(map[string]any)
		}
		if o.want(fields) {
			e.wanted[i].Set(number)
		}
	}
	return nil
}

// check reads what a contender wrote, and gives the number of records; the error says what is wrong with them.
func (e *expectation) check(ctx context.Context, seeds []string, role, tag string) (records int, err error) {
	if err := history.Settled(ctx, seeds, e.work.outputTopics(tag)...); err != nil { // markers are written after the answer
		return 0, err
	}
	for i := range e.work.outputs {
		output := e.output(i, role, tag)
		check := history.NewCheck(&e.ledger, output)
		failed := history.Read(ctx, seeds, output.Topic, func(r *kgo.Record) error {
			check.Record(r)
			return nil
		})
		report := check.Finish()
		records += report.Records
		err = errors.Join(err, failed, report.Err())
	}
	return records, err
}

// output says what output i of a contender must hold.
func (e *expectation) output(i int, role, tag string) history.Output {
	o := &e.work.outputs[i]
	must := history.Output{Topic: o.topic(tag), Lane: o.lane}
	if o.want != nil {
		must.Want = e.wanted[i].Has
	}
	if o.place != nil {
		must.Place = o.place(must.Topic)
	}
	if o.looseLane != nil && role != anabranch {
		must.Lane = o.looseLane
	}
	return must
}
