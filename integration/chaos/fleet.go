package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/anabranch-go/anabranch/integration/process"
)

// workersMax is how many workers there are. It is more than half of the partitions, so that a rebalance moves some.
const workersMax = 3

// exitUnreachable is the code of a worker that found no broker for ten seconds after its start: it is started again.
const exitUnreachable = 69

// restartPause is between the end of such a worker and its next start.
const restartPause = time.Second

// fleet is the workers. One that ends without having been told to ends the run.
type fleet struct {
	ctx   context.Context
	arena *arena
	end   context.CancelCauseFunc
	slots []*slot
	mu    sync.Mutex
}

// slot is one instance id, with the process that has it.
type slot struct {
	fleet  *fleet
	name   string
	leased bool // by a fault

	mu     sync.Mutex
	worker *process.Worker
	doomed map[*process.Worker]bool // processes that are meant to end
}

func newFleet(ctx context.Context, a *arena, end context.CancelCauseFunc) *fleet {
	f := &fleet{ctx: ctx, arena: a, end: end}
	for i := range workersMax {
		f.slots = append(f.slots, f.slot(string(rune('a'+i))))
	}
	return f
}

func (f *fleet) slot(name string) *slot {
	return &slot{fleet: f, name: name, doomed: map[*process.Worker]bool{}}
}

func (f *fleet) startAll() error {
	var errs []error
	for _, s := range f.slots {
		errs = append(errs, s.start())
	}
	return errors.Join(errs...)
}

// lease gives a worker that no other fault of the round has.
func (f *fleet) lease(i *injection) (s *slot, giveBack func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var free []*slot
	for _, s := range f.slots {
		if !s.leased {
			free = append(free, s)
		}
	}
	s = free[i.below(len(free))]
	s.leased = true
	return s, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		s.leased = false
	}
}

// killAll ends all processes, whatever became of the run.
func (f *fleet) killAll() {
	for _, s := range f.slots {
		s.mu.Lock()
		w := s.worker
		if w != nil {
			s.doomed[w] = true
		}
		s.mu.Unlock()
		if w != nil {
			_ = w.Kill()
		}
	}
}

// tell is the end of what each worker wrote. Where it goes to a file, the stacks of its goroutines go there, too.
func (f *fleet) tell() string {
	var all strings.Builder
	if f.arena.options.Logs != "" {
		f.quit()
	}
	for _, s := range f.slots {
		s.mu.Lock()
		if s.worker != nil {
			lines := strings.Split(s.worker.Output(), "\n")
			fmt.Fprintf(&all, "worker %s wrote last:\n%s\n", s.name, strings.Join(lines[max(0, len(lines)-25):], "\n"))
		}
		s.mu.Unlock()
	}
	return all.String()
}

// quitMax bounds the time in which processes write their stacks.
const quitMax = 3 * time.Second

// quit ends all processes with their stacks.
func (f *fleet) quit() {
	late := time.After(quitMax)
	for _, s := range f.slots {
		s.mu.Lock()
		w := s.worker
		if w != nil {
			s.doomed[w] = true
		}
		s.mu.Unlock()
		if w == nil || w.Signal(syscall.SIGQUIT) != nil {
			continue
		}
		select {
		case <-w.Done():
		case <-late:
		}
	}
}

// id is the slot's transactional id, which is its member id and client id, too.
func (s *slot) id() string { return group + "." + s.name }

// start starts the slot's process.
func (s *slot) start() error {
	w, err := s.spawn()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.worker = w
	s.mu.Unlock()
	go s.guard(w)
	return nil
}

// spawn starts a process with the slot's instance id.
func (s *slot) spawn() (*process.Worker, error) {
	a := s.fleet.arena
	env := []string{"KAFKA_BROKERS=" + a.doorway(), "CHAOS_PASSWORD=" + password, "GOMAXPROCS=1"}
	w, err := process.Start(s.fleet.ctx, s.name, a.binary, env, "run", filepath.Join(a.dir, "pipelines", "signup.yaml"), "--instance", s.name)
	if err != nil || a.options.Logs == "" {
		return w, err
	}
	return w, s.log(w)
}

// log writes what a process of the slot says to a file, behind what those before it said.
func (s *slot) log(w *process.Worker) error {
	if err := os.MkdirAll(s.fleet.arena.options.Logs, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(s.fleet.arena.options.Logs, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w.Copy(f)
	go func() {
		<-w.Done()
		_ = f.Close()
	}()
	return nil
}

// guard waits for the end of a process, which nobody may have wanted.
func (s *slot) guard(w *process.Worker) {
	err := w.Wait()
	s.mu.Lock()
	meant := s.doomed[w]
	delete(s.doomed, w)
	if !meant && s.worker == w {
		s.worker = nil
	}
	s.mu.Unlock()
	switch {
	case meant || s.fleet.ctx.Err() != nil:
	case codeOf(err) == exitUnreachable:
		s.fleet.arena.say("worker %s found no broker; it is started again", s.name)
		time.Sleep(restartPause)
		if err := s.start(); err != nil {
			s.fleet.end(err)
		}
	default:
		s.fleet.end(fmt.Errorf("worker %s ended by itself: %w", s.name, errors.Join(err, errEnded)))
	}
}

var errEnded = errors.New("want it to run on")

// codeOf is the exit code that err tells of; 0 for none.
func codeOf(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// running gives the process, and waits for it where it is being started again. Doomed: its end is expected from now on. The
// error is why the run has ended.
func (s *slot) running(doomed bool) (*process.Worker, error) {
	for {
		s.mu.Lock()
		w := s.worker
		if w != nil && doomed {
			s.doomed[w] = true
		}
		s.mu.Unlock()
		if w != nil {
			return w, nil
		}
		if err := context.Cause(s.fleet.ctx); err != nil {
			return nil, err
		}
		time.Sleep(feedStep)
	}
}

// kill kills the process with SIGKILL.
func (s *slot) kill() error {
	w, err := s.running(true)
	if err != nil {
		return err
	}
	if err := w.Kill(); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// leaveMax bounds an orderly end, which may have to wait for a transaction's.
const leaveMax = 45 * time.Second

// leave ends the process with SIGTERM; want: its exit code must be 0.
func (s *slot) leave() error {
	w, err := s.running(true)
	if err != nil {
		return err
	}
	if err := w.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-w.Done():
		if err := w.Wait(); err != nil && codeOf(err) != exitUnreachable {
			return err
		}
		return nil
	case <-time.After(leaveMax):
		_ = w.Kill()
		return fmt.Errorf("worker %s did not end within %v of SIGTERM:\n%s", s.name, leaveMax, w.Output())
	}
}

// signal sends a signal to the process.
func (s *slot) signal(sig syscall.Signal) error {
	w, err := s.running(false)
	if err != nil {
		return err
	}
	return w.Signal(sig)
}
