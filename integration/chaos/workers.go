package main

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// kill ends a worker with SIGKILL while it has a transaction open, and starts it again.
func kill(ctx context.Context, a *arena, i *injection) error {
	s, giveBack := a.fleet.lease(i)
	defer giveBack()
	for range 3 {
		if err := a.strike(ctx, s, i); err != nil {
			return err
		}
		if err := s.start(); err != nil {
			return err
		}
		if err := a.wait(ctx, i.between(2*time.Second, 4*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// strike kills a worker, and looks what it left behind.
func (a *arena) strike(ctx context.Context, s *slot, i *injection) error {
	a.aim(ctx, s.id())
	if err := s.kill(); err != nil {
		return err
	}
	i.hit(a.open(ctx, s.id()))
	return nil
}

// stayAway kills a worker that comes back only after others have taken over.
func stayAway(ctx context.Context, a *arena, i *injection) error {
	s, giveBack := a.fleet.lease(i)
	defer giveBack()
	if err := a.strike(ctx, s, i); err != nil {
		return err
	}
	if err := a.wait(ctx, i.between(16*time.Second, 20*time.Second)); err != nil {
		return err
	}
	return s.start()
}

// freeze stops a worker's process for longer than a timeout, and lets it go on.
func freeze(least, most time.Duration) func(context.Context, *arena, *injection) error {
	return func(ctx context.Context, a *arena, i *injection) error {
		s, giveBack := a.fleet.lease(i)
		defer giveBack()
		a.aim(ctx, s.id())
		if err := s.signal(syscall.SIGSTOP); err != nil {
			return err
		}
		i.hit(a.open(ctx, s.id()))
		err := a.wait(ctx, i.between(least, most))
		if back := s.signal(syscall.SIGCONT); err == nil {
			err = back
		}
		return err
	}
}

// rollingRestart ends one worker after the other in good order, and starts it again.
func rollingRestart(ctx context.Context, a *arena, i *injection) error {
	for _, s := range a.fleet.slots {
		i.hit(a.aim(ctx, s.id()))
		if err := s.leave(); err != nil {
			return err
		}
		if err := s.start(); err != nil {
			return err
		}
		if err := a.wait(ctx, i.between(time.Second, 3*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

const (
	twinsMax      = 90 * time.Second // until one of two owners has gone
	exitTemporary = 75
)

// twoOwners starts a second process with the id of one that runs.
func twoOwners(ctx context.Context, a *arena, i *injection) error {
	s, giveBack := a.fleet.lease(i)
	defer giveBack()
	i.hit(a.aim(ctx, s.id()))
	first, err := s.running(true)
	if err != nil {
		return err
	}
	second, err := s.spawn()
	if err != nil {
		return err
	}
	gone, stays := first, second
	select {
	case <-first.Done():
	case <-second.Done():
		gone, stays = second, first
	case <-time.After(twinsMax):
		_ = second.Kill()
		return fmt.Errorf("two processes with instance id %s ran for %v: want one to end with %d", s.name, twinsMax, exitTemporary)
	}
	s.mu.Lock()
	s.worker = stays
	delete(s.doomed, stays)
	s.mu.Unlock()
	if stays == second {
		go s.guard(stays)
	}
	if code := codeOf(gone.Wait()); code != exitTemporary {
		return fmt.Errorf("one of two processes with instance id %s ended with %d: want %d\n%s", s.name, code, exitTemporary, gone.Output())
	}
	return nil
}

// storm makes one more worker come and go, and go badly each other time.
func storm(ctx context.Context, a *arena, i *injection) error {
	extra := a.fleet.slot("storm")
	for n := range 6 {
		if err := extra.start(); err != nil {
			return err
		}
		if err := a.wait(ctx, i.between(time.Second, 3*time.Second)); err != nil {
			return err
		}
		i.hit(a.open(ctx, ""))
		end := extra.leave
		if n%2 == 0 {
			end = extra.kill
		}
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}
