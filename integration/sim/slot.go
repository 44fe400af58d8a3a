package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// slot is a place for one worker, which is started again whenever it ends by itself with an error.
type slot struct {
	world *world

	mu       sync.Mutex
	name     string
	born     int  // instances so far
	untilEnd bool // of workers to be started
	process  *process
}

// process is one life of a worker.
type process struct {
	worker *runtime.Worker
	wire   *wire
	cancel context.CancelFunc
	done   chan struct{}
	err    error // once done
	wanted bool  // its end is wanted; guarded by slot.mu
}

// stopMax is how long a worker may take to leave when it is asked to.
const stopMax = time.Minute

func (s *slot) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.startLocked()
}

func (s *slot) startLocked() {
	w := s.world
	p := &process{wire: newWire(w, s.name), done: make(chan struct{})}
	worker, err := runtime.New(w.scenario.pipeline, runtime.Options{
		Instance: s.name, UntilEnd: s.untilEnd, Dial: p.wire.dial, Wrap: p.wire.gate, Log: w.log.With("worker", s.name),
	})
	if err != nil {
		w.fail("make worker %s: %v", s.name, err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.worker, p.cancel, s.process = worker, cancel, p
	w.living.Go(func() {
		p.err = worker.Run(ctx)
		w.count(worker.Report())
		close(p.done)
		cancel()
		s.ended(p)
	})
}

// restartPause is how long a supervisor waits before it starts a worker again.
const restartPause = time.Second

// ended starts the worker again if its end was an error that nobody wanted.
func (s *slot) ended(p *process) {
	s.mu.Lock()
	wanted := p.wanted
	s.mu.Unlock()
	if wanted || p.err == nil {
		return
	}
	s.world.exit(p.err)
	if errors.Is(p.err, transport.ErrPosition) {
		return
	}
	time.Sleep(restartPause)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == p && !p.wanted {
		s.startLocked()
	}
}

func (s *slot) wire() *wire {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process.wire
}

// take gives the process, whose end is wanted from now on.
func (s *slot) take() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process.wanted = true
	return s.process
}

// kill is kill −9: the brokers never hear of the worker again. Some time later the same instance comes back, or
// another in its place.
func (s *slot) kill(same bool, wait time.Duration) {
	p := s.take()
	p.wire.cut()
	p.cancel()
	time.Sleep(wait)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !same {
		s.world.expire(s.name)
		s.born++
		s.name = fmt.Sprintf("%c%d", s.name[0], s.born)
	}
	s.startLocked()
}

// stop asks the worker to leave, as SIGTERM does.
func (s *slot) stop() {
	p := s.take()
	p.cancel()
	select {
	case <-p.done:
		if p.err != nil {
			s.world.exit(p.err)
		}
	case <-time.After(stopMax):
		s.world.fail("worker %s did not leave within %s", p.wire.instance, stopMax)
	}
}

func (s *slot) restart(wait time.Duration) {
	s.stop()
	time.Sleep(wait)
	s.start()
}

// untilDone waits for a worker that ends by itself, however often it is started again meanwhile.
func (s *slot) untilDone(end time.Time) bool {
	for time.Now().Before(end) {
		s.mu.Lock()
		p := s.process
		s.mu.Unlock()
		select {
		case <-p.done:
			if p.err == nil {
				return true
			}
		case <-time.After(time.Until(end)):
			return false
		}
		time.Sleep(restartPause / 10)
	}
	return false
}
