package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/topology"
)

// Options say what the demo does.
type Options struct {
	Events  int // to make, where there is no Feed
	Crashes int // to inject
	// Feed holds lines of JSON to take instead of made events; nil: none.
	Feed io.Reader
	// Rejected is told of each line of Feed that was not fed.
	Rejected func(line int, err error)
	// Progress is told a few times a second how far the demo is. May be nil.
	Progress func(Progress)
}

// Progress is how far the demo is.
type Progress struct {
	Doing       string
	Done, Total int // events that are committed; Total is 0 before they are there
	Crashes     int
}

// Result is what the demo has shown.
type Result struct {
	Proof
	Rejected int            // lines of the feed
	Crashes  int            // injected
	Open     int            // crashes that left a transaction open, as the broker says
	Elapsed  time.Duration  // of the pipeline's work, crashes included
	Balance  runtime.Report // of all workers together
}

// stallMax is how long nothing may be committed before the demo gives up.
const stallMax = time.Minute

// instance is the id of the worker, the same after each crash.
const instance = "demo"

// errStalled ends a demo that does not get on.
var errStalled = fmt.Errorf("nothing was committed for %s", stallMax)

// show is a demo at work.
type show struct {
	Options
	broker   *embedded.Broker
	pipeline *topology.Pipeline
	admin    *kadm.Client
	group    string
	result   Result
	total    int
}

// Run makes or feeds the events, runs the pipeline over them with crashes, and verifies the outputs. The error says why it
// could not come to a verdict; a verdict that does not hold is in the Result.
func Run(ctx context.Context, o Options) (*Result, error) {
	broker, err := embedded.Start()
	if err != nil {
		return nil, err
	}
	defer broker.Close()
	s := &show{Options: o, broker: broker}
	if s.pipeline, err = load(broker.Addrs()); err != nil {
		return nil, err
	}
	opts, err := client.Options(s.pipeline.Kafka, nil)
	if err != nil {
		return nil, err
	}
	observer, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, err
	}
	defer observer.Close()
	s.admin, s.group = kadm.NewClient(observer), s.pipeline.Group(s.pipeline.Subs[0])
	if _, err := topics.Ensure(ctx, observer, s.pipeline, true); err != nil {
		return nil, err
	}
	if err := s.fill(ctx); err != nil {
		return nil, err
	}
	begin := time.Now()
	if err := s.work(ctx); err != nil {
		return nil, err
	}
	s.result.Elapsed = time.Since(begin)
	s.progress("verifying", s.total)
	proof, err := verify(ctx, broker.Addrs())
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	s.result.Proof = *proof
	return &s.result, nil
}

func (s *show) progress(doing string, done int) {
	if s.Progress != nil {
		s.Progress(Progress{Doing: doing, Done: done, Total: s.total, Crashes: s.result.Crashes})
	}
}

// fill puts the events into the input topic.
func (s *show) fill(ctx context.Context) error {
	s.progress("making events", 0)
	if s.Feed == nil {
		s.total = s.Events
		return generate(ctx, s.broker.Addrs(), s.Events)
	}
	report, err := feedLines(ctx, s.pipeline, input(s.pipeline), s.Feed, s.Options.Rejected)
	s.total, s.result.Rejected = report.Fed, report.Rejected
	return err
}

// work runs workers one after the other until one has reached the end. Each but the last is cut off.
func (s *show) work(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go s.watch(ctx, cancel)
	for {
		w, err := s.start(ctx)
		if err != nil {
			return err
		}
		select {
		case err := <-w.done:
			s.add(w)
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		case <-w.cut:
			s.add(w)
			s.result.Crashes++
			if err := s.countOpen(ctx); err != nil {
				return err
			}
			w.kill()
		}
	}
}

// watch reports progress, and ends a run that stalls.
func (s *show) watch(ctx context.Context, cancel context.CancelCauseFunc) {
	last, since := -1, time.Now()
	for ctx.Err() == nil {
		done := s.committed(ctx)
		s.progress("running", done)
		if done != last {
			last, since = done, time.Now()
		}
		if time.Since(since) > stallMax {
			cancel(errStalled)
		}
		sleep(ctx, 100*time.Millisecond)
	}
}

// living is a worker that runs.
type living struct {
	worker *runtime.Worker
	done   chan error
	cut    <-chan struct{} // closed when the worker has been cut off; nil where it will not be
	kill   context.CancelFunc
}

// start starts a worker, which will be cut off once the pipeline is far enough for the next crash.
func (s *show) start(ctx context.Context) (*living, error) {
	line := new(network)
	worker, err := runtime.New(s.pipeline, runtime.Options{
		Instance: instance, UntilEnd: true, Dial: line.Dial, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	ctx, kill := context.WithCancel(ctx)
	w := &living{worker: worker, done: make(chan error, 1), kill: kill}
	if s.result.Crashes < s.Options.Crashes {
		cut := make(chan struct{})
		w.cut = cut
		from := s.total * s.result.Crashes / (s.Options.Crashes + 1)
		go func() {
			for s.committed(ctx) < from && ctx.Err() == nil {
				sleep(ctx, 5*time.Millisecond)
			}
			select {
			case <-line.CutInTransaction():
				close(cut)
			case <-ctx.Done():
			}
		}()
	}
	go func() {
		defer kill()
		w.done <- worker.Run(ctx)
	}()
	return w, nil
}

// committed is how many events the group has committed.
func (s *show) committed(ctx context.Context) int {
	offsets, err := s.admin.FetchOffsetsForTopics(ctx, s.group, inputTopic)
	if err != nil {
		return 0
	}
	n := 0
	offsets.Each(func(o kadm.OffsetResponse) { n += int(max(0, o.At)) })
	return n
}

// countOpen asks the broker whether the worker that was just cut off has left its transaction open.
func (s *show) countOpen(ctx context.Context) error {
	listed, err := s.admin.ListTransactions(ctx, nil, []string{"Ongoing"})
	if err != nil {
		return fmt.Errorf("list open transactions: %w", err)
	}
	if len(listed.TransactionalIDs()) > 0 {
		s.result.Open++
	}
	return nil
}

// add adds a worker's committed balance to that of all. A worker is cut off only while nothing of it is being
// committed, so that the sum is exact.
func (s *show) add(w *living) {
	s.result.Balance = sum(s.result.Balance, w.worker.Report())
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
