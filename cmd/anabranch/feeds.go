package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/feed"
	"github.com/anabranch-go/anabranch/runtime/ndjson"
	"github.com/anabranch-go/anabranch/topology"
)

// rejectionsShown is how many rejected lines of one feed are told one by one.
const rejectionsShown = 20

// source is one --feed.
type source struct {
	binding
	stream *topology.Stream
	form   *ndjson.Form
	file   *os.File
	feeder feed.Feeder
	fed    int // records that the cluster has acknowledged, once all are fed
}

type sources []*source

// openFeeds finds the streams of the feeds and opens their files.
func openFeeds(p *topology.Pipeline, feeds []binding, f runFlags) (all sources, err error) {
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	for _, b := range feeds {
		s := &source{binding: b}
		if s.stream, err = streamNamed(p, "--feed", b.stream); err != nil {
			return all, err
		}
		if s.stream.Writer != nil {
			return all, usagef("--feed %s: operator %s writes this stream; feed one that comes from outside", b.stream, s.stream.Writer.Name)
		}
		if s.form, err = feedForm(s.stream, f); err != nil {
			return all, err
		}
		if s.file, err = openInput(b.file); err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// openInput opens a file to be fed.
func openInput(path string) (*os.File, error) {
	if path == standardInput {
		return os.Stdin, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = usagef("%s is a directory; it should be a file", path)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (all sources) close() {
	for _, s := range all {
		if s.file != os.Stdin {
			s.file.Close()
		}
	}
}

// feeding is feeds at work.
type feeding struct {
	done   chan struct{}
	cancel context.CancelFunc
	err    error // valid once done is closed
}

// start feeds all sources, one after the other where they are of one stream.
func (all sources) start(ctx context.Context, p *topology.Pipeline) *feeding {
	ctx, cancel := context.WithCancel(ctx)
	running := &feeding{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(running.done)
		running.err = all.feed(ctx, p)
	}()
	return running
}

// wait waits for the end of the feeds. Rejected lines and deleted records are no error here: the others are to be run.
func (f *feeding) wait() error {
	<-f.done
	if partly(f.err) {
		return nil
	}
	return f.err
}

// stop ends the feeds that have not ended and gives their error, rejected lines included.
func (f *feeding) stop() error {
	f.cancel()
	<-f.done
	return f.err
}

// errRejectedLines says that lines of a feed were rejected.
var errRejectedLines = errors.New("lines of the feed were rejected; the others were fed")

func (all sources) feed(ctx context.Context, p *topology.Pipeline) error {
	if len(all) == 0 {
		return nil
	}
	opts, err := client.Options(p.Kafka, nil)
	if err != nil {
		return err
	}
	producer, err := kgo.NewClient(append(opts, feed.Options()...)...)
	if err != nil {
		return err
	}
	defer producer.Close()
	byStream := make(map[*topology.Stream]sources)
	for _, s := range all {
		byStream[s.stream] = append(byStream[s.stream], s)
	}
	var group sync.WaitGroup
	errs := make(chan error, len(all))
	for _, of := range byStream {
		group.Go(func() {
			for _, s := range of {
				errs <- s.feed(ctx, producer)
			}
		})
	}
	group.Wait()
	close(errs)
	var worst error
	for err := range errs {
		if worst == nil || err != nil && partly(worst) {
			worst = err
		}
	}
	if ctx.Err() != nil || worst != nil && !partly(worst) {
		return worst
	}
	return first(all.deleted(ctx, kadm.NewClient(producer)), worst)
}

// feed feeds one source and tells what became of its lines.
func (s *source) feed(ctx context.Context, producer *kgo.Client) error {
	shown := 0
	s.feeder = feed.Feeder{Client: producer, Topic: s.stream.Topic(), Form: s.form, Rejected: func(line int, err error) {
		if shown++; shown <= rejectionsShown {
			fmt.Fprintf(os.Stderr, "anabranch: feed %s: %s:%d: %v\n", s.binding.stream, s.binding.file, line, err)
		}
	}}
	report, err := s.feeder.Run(ctx, unblocked(ctx, s.file))
	s.fed = report.Fed
	if more := report.Rejected - rejectionsShown; more > 0 {
		fmt.Fprintf(os.Stderr, "anabranch: feed %s: %s and %s more rejected\n", s.binding.stream, s.binding.file, plural(more, "line"))
	}
	fmt.Fprintf(os.Stderr, "anabranch: feed %s: %s from %s, %d rejected\n", s.binding.stream, plural(report.Fed, "record"), s.binding.file, report.Rejected)
	if ctx.Err() != nil {
		err = nil // the run has ended, and what was fed stands
	}
	if err == nil && report.Rejected > 0 {
		err = &status{code: exitData, err: errRejectedLines}
	}
	return err
}

// unblocked gives what reads file and ends with ctx, even while standard input has nothing to say.
func unblocked(ctx context.Context, file *os.File) io.Reader {
	if file != os.Stdin {
		return file
	}
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, file)
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	return out
}
