package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anabranch-go/anabranch/runtime/eos"
	"github.com/anabranch-go/anabranch/runtime/observe"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// Worker runs the sub-topologies of one pipeline.
type Worker struct {
	pipeline *topology.Pipeline
	options  Options
	log      *slog.Logger
	loops    []*loop
	metrics  *prometheus.Registry
	lags     *lags
	open     opener

	mu      sync.Mutex
	began   time.Time
	ended   time.Time
	promise string // what the cluster guarantees; empty until it was reached
}

// opener opens the transport of a sub-topology.
type opener func(ctx context.Context, sub *topology.Sub) (transport.Transport, error)

// New makes a Worker for p. It connects to nothing. The error is ErrOptions.
func New(p *topology.Pipeline, o Options) (*Worker, error) {
	w := &Worker{pipeline: p, options: o, log: o.Log, metrics: prometheus.NewRegistry()}
	if w.log == nil {
		w.log = slog.Default()
	}
	if w.options.Instance == "" {
		name, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("%w: no host name to be the instance: %w; name one with --instance", ErrOptions, err)
		}
		w.options.Instance = name
	}
	if strings.ContainsFunc(w.options.Instance, unicode.IsSpace) {
		return nil, fmt.Errorf("%w: instance %q; want no white space in it", ErrOptions, w.options.Instance)
	}
	if o.Decisions != "" && !p.Decides() {
		return nil, fmt.Errorf("%w: --decisions %s: pipeline %s has no ordered merger that could repeat them", ErrOptions, o.Decisions, p.Name)
	}
	subs, err := chosen(p, o.Only)
	if err != nil {
		return nil, err
	}
	for _, sub := range subs {
		w.loops = append(w.loops, newLoop(p, sub, w.log))
	}
	w.lags = &lags{loops: w.loops}
	w.metrics.MustRegister(&collector{w})
	for _, l := range w.loops {
		w.metrics.MustRegister(l.ledger.took)
	}
	return w, nil
}

// chosen gives the sub-topologies that only names, or all, in the order in which data flows.
func chosen(p *topology.Pipeline, only []string) ([]*topology.Sub, error) {
	var names []string
	for _, sub := range p.Subs {
		names = append(names, sub.Name)
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%w: no sub-topology %q in pipeline %s; have %s", ErrOptions, name, p.Name, strings.Join(names, ", "))
		}
	}
	if len(only) == 0 {
		return p.Subs, nil
	}
	return slices.DeleteFunc(slices.Clone(p.Subs), func(s *topology.Sub) bool { return !slices.Contains(only, s.Name) }), nil
}

// Run works until ctx ends, which finishes the transaction, leaves the groups and returns nil; until the end of the
// input with Options.UntilEnd, which returns nil; or until an error that another try would not mend.
// A Worker runs once.
func (w *Worker) Run(ctx context.Context) (err error) {
	w.mark(&w.began)
	defer w.mark(&w.ended)
	if w.options.Listen != "" {
		server, err := observe.Listen(w.options.Listen, w.metrics, w.live, w.ready)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrOptions, err)
		}
		w.log.Info("listening", "addr", server.Addr())
		defer func() { err = errors.Join(err, server.Close()) }()
	}
	cluster, err := w.reach(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer cluster.close()
	w.tell(cluster.promise)
	w.lags.use(cluster.client)
	w.open = cluster.open
	if cluster.repeat != nil {
		for _, l := range w.loops {
			l.piece.repeat = cluster.repeat.of
		}
	}
	return w.runAll(ctx, cluster.layout)
}

// reach connects, again and again while the cluster is not ready.
func (w *Worker) reach(ctx context.Context) (*cluster, error) {
	failed := tries{retry: w.pipeline.OnError.Retry}
	failed.retry.Attempts = 0 // what does not pass by itself is told at once
	for {
		c, err := w.connect(ctx)
		if err == nil || ctx.Err() != nil || !failed.again(err) && !failed.closed(err) {
			return c, err
		}
		for _, l := range w.loops {
			l.health.outage(err.Error())
		}
		w.log.Warn("the cluster is not ready; trying again", "try", failed.n, "err", err)
		pause(ctx, failed.retry, failed.n)
	}
}

// tell says how far exactly once reaches on this cluster.
func (w *Worker) tell(promise eos.Guarantee) {
	w.mu.Lock()
	w.promise = promise.String()
	w.mu.Unlock()
	if promise.Whole() {
		w.log.Info("connected", "guarantee", promise, "transaction.version", int(promise))
		return
	}
	w.log.Warn("connected; with transaction.version 2 (Kafka 4.0 and later) the guarantee has no window",
		"guarantee", promise, "transaction.version", int(promise))
}

func (w *Worker) mark(when *time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*when = time.Now()
}

// runAll runs the loops beside each other. The first error stops the others, which finish their transactions.
func (w *Worker) runAll(ctx context.Context, layout topics.Layout) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errs := make([]error, len(w.loops))
	var wait sync.WaitGroup
	for i, l := range w.loops {
		wait.Go(func() {
			l.bind(w.pipeline, layout)
			errs[i] = w.runOne(ctx, l)
			l.health.become(ended)
			if errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wait.Wait()
	for _, l := range w.loops {
		r := l.ledger.report()
		l.log.Info("ended", "records", r.Records, "commits", r.Commits, "aborts", r.Aborts, "dead_letters", r.DeadLetters)
	}
	return errors.Join(errs...)
}

// runOne runs a loop, with a new transport after an error that may pass.
func (w *Worker) runOne(ctx context.Context, l *loop) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(l.piece.sub.Name, v)
		}
	}()
	for failed := (tries{retry: l.failures.retry}); ; {
		commits := l.ledger.committed()
		err := w.runOnce(ctx, l)
		if err == nil || echo(ctx, err) {
			return nil
		}
		if l.ledger.committed() > commits {
			failed.n = 0
		}
		if !failed.again(err) {
			return fmt.Errorf("run %s: %w", l.piece.sub.Name, err)
		}
		l.ledger.aborted(reasonError)
		l.health.outage(err.Error())
		l.log.Warn("trying again with a new connection", "try", failed.n, "err", err)
		pause(ctx, failed.retry, failed.n)
		l.health.beat()
	}
}

// runOnce runs a loop on one transport.
func (w *Worker) runOnce(ctx context.Context, l *loop) error {
	out, err := w.open(ctx, l.piece.sub)
	if err != nil {
		return err
	}
	if w.options.Wrap != nil {
		out = w.options.Wrap(out)
	}
	defer out.Close()
	l.piece.out = out
	l.failures.renew()
	l.health.become(running)
	defer l.leave()
	return l.run(ctx)
}
