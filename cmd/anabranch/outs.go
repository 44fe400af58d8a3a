package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/runtime/tap"
	"github.com/anabranch-go/anabranch/topology"
)

// deadLetters is the name by which --out asks for the dead letters; no stream can be called so.
const deadLetters = "dead_letter"

// finishTime bounds how long the last committed records may take to be written once the run has ended.
const finishTime = 30 * time.Second

// sink is one --out.
type sink struct {
	binding
	topics []string
	form   func(*kgo.Record) *ndjson.Form
	file   *os.File
	tap    *tap.Tap
	stop   chan struct{} // closed to end a tap that follows; nil where it does not
	done   chan error
}

type sinks []*sink

// openOuts finds the topics of the outs and creates their files.
func openOuts(p *topology.Pipeline, outs []binding, feeds sources, f runFlags) (all sinks, err error) {
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	for _, b := range outs {
		s := &sink{binding: b}
		if err := s.find(p, f); err != nil {
			return all, err
		}
		if s.file, err = createOutput(b.file, feeds); err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// find finds the topics that s writes and their form.
func (s *sink) find(p *topology.Pipeline, f runFlags) error {
	if s.binding.stream == deadLetters {
		if p.OnError.DeadLetter == "" {
			return usagef("--out %s: the pipeline has no dead letters; say `on_error: {dead_letter: TOPIC}` in it", deadLetters)
		}
		s.topics = []string{p.OnError.DeadLetter}
		var err error
		s.form, err = deadLetterForms(p)
		return err
	}
	stream, err := streamNamed(p, "--out", s.binding.stream)
	if err != nil {
		return err
	}
	if len(stream.Topics) == 0 {
		return usagef("--out %s: this stream has no topic, it exists only inside a worker; give it a `topic:`, or use --embedded", stream.Name)
	}
	form, err := ndjson.Of(stream, 0)
	if err != nil {
		return err
	}
	form.Envelope = f.envelope
	s.topics = stream.Topics
	s.form = func(*kgo.Record) *ndjson.Form { return form }
	return nil
}

// createOutput creates a file, which must not be one that is read.
func createOutput(path string, feeds sources) (*os.File, error) {
	if path == standardInput {
		return os.Stdout, nil
	}
	if there, err := os.Stat(path); err == nil {
		for _, s := range feeds {
			if fed, err := s.file.Stat(); err == nil && os.SameFile(there, fed) {
				return nil, usagef("--out %s=%s is a file that --feed reads", s.binding.stream, path)
			}
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, &usage{err: fmt.Errorf("write an --out: %w", err)}
	}
	return file, nil
}

func (all sinks) close() {
	for _, s := range all {
		if s.tap != nil {
			s.tap.Close()
		}
		if s.file != nil && s.file != os.Stdout {
			s.file.Close()
		}
	}
}

// start notes where the topics stand, and follows them unless the run has an end of its own.
func (all sinks) start(ctx context.Context, p *topology.Pipeline, f runFlags) error {
	for _, s := range all {
		opts, err := client.Options(p.Kafka, nil)
		if err != nil {
			return err
		}
		if s.tap, err = tap.Open(ctx, opts, s.topics, f.all || f.embedded); err != nil {
			return err
		}
		s.tap.Form, s.tap.Out = s.form, s.file
		if f.untilEnd {
			continue
		}
		s.stop, s.done = make(chan struct{}), make(chan error, 1)
		go func() {
			err := s.tap.Follow(context.WithoutCancel(ctx), s.stop)
			s.done <- err
		}()
	}
	return nil
}

// finish writes what is committed by now, and tells how much it was in all.
func (all sinks) finish() error {
	ctx, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	var failed error
	for _, s := range all {
		err := s.finish(ctx)
		if err != nil && failed == nil {
			failed = fmt.Errorf("--out %s: %w", s.binding.stream, err)
		}
	}
	return failed
}

func (s *sink) finish(ctx context.Context) (err error) {
	if s.stop != nil {
		close(s.stop)
		select {
		case err = <-s.done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	} else {
		err = s.tap.Drain(ctx)
	}
	if s.file != os.Stdout && err == nil {
		err = s.file.Sync()
	}
	fmt.Fprintf(os.Stderr, "anabranch: out %s: %s to %s\n", s.binding.stream, plural(s.tap.Written(), "record"), s.binding.file)
	return err
}
