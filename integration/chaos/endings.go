package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/process"
	"github.com/anabranch-go/anabranch/integration/progress"
	"github.com/anabranch-go/anabranch/integration/signup"
)

// side is a small pipeline beside the one of the run, with topics, a group and a worker of its own. It ends with its fault.
type side struct {
	arena     *arena
	name      string // of the pipeline and of its input topic
	file      string
	fed       int
	generator *signup.Generator
}

const (
	sideEvents = 5000
	sideMax    = 100 * time.Second // until something that is waited for has happened
	exitData   = 65
	exitConfig = 78
)

func (a *arena) side(ctx context.Context, name string) (*side, error) {
	s := &side{arena: a, name: name}
	if err := a.createTopics(ctx, name); err != nil {
		return nil, err
	}
	var err error
	s.file, err = a.write(name, func(text string) string {
		text = strings.ReplaceAll(text, "topic: signups", "topic: "+name)
		text = strings.ReplaceAll(text, "dead_letter: signups", "dead_letter: "+name)
		return strings.Replace(text, "name: signup\n", "name: "+name+"\n", 1)
	})
	if err != nil {
		return nil, err
	}
	if s.generator, err = signup.NewGenerator(a.schema, users, time.Now().Add(-pastMax)); err != nil {
		return nil, err
	}
	s.generator.PoisonEvery = poisonEvery
	return s, s.feed(ctx, nil)
}

// feed writes sideEvents more events, each changed where change is not nil.
func (s *side) feed(ctx context.Context, change func(n int, r *kgo.Record)) error {
	records := make([]*kgo.Record, sideEvents)
	for i := range records {
		r, err := s.generator.Record(s.fed, s.name)
		if err != nil {
			return err
		}
		if change != nil {
			change(s.fed, r)
		}
		records[i] = r
		s.fed++
	}
	return s.arena.client.ProduceSync(ctx, records...).FirstErr()
}

func (s *side) group() string { return s.name + ".signups" }

// start starts the worker, which comes to the brokers directly.
func (s *side) start(ctx context.Context, flags ...string) (*process.Worker, error) {
	env := []string{"KAFKA_BROKERS=" + strings.Join(s.arena.cluster.Brokers(), ",")}
	return process.Start(ctx, s.name, s.arena.binary, env, append([]string{"run", s.file, "--instance", "a"}, flags...)...)
}

// through waits until all that was fed is committed.
func (s *side) through(ctx context.Context, w *process.Worker) error {
	watcher, err := progress.Watch(ctx, s.arena.cluster.Brokers(), s.group(), s.name)
	if err != nil {
		return err
	}
	defer watcher.Close()
	ctx, cancel := context.WithTimeout(ctx, sideMax)
	defer cancel()
	if err := watcher.Until(ctx, watcher.Total()); err != nil {
		return fmt.Errorf("%w\n%s", err, w.Output())
	}
	return nil
}

// ends waits for the end of a worker, which must have an exit code and say certain words.
func (s *side) ends(w *process.Worker, code int, words ...string) error {
	select {
	case <-w.Done():
	case <-time.After(sideMax):
		_ = w.Kill()
		return fmt.Errorf("the worker runs on after %v: want it to end with %d\n%s", sideMax, code, w.Output())
	}
	if got := codeOf(w.Wait()); got != code {
		return fmt.Errorf("the worker ended with %d: want %d\n%s", got, code, w.Output())
	}
	for _, word := range words {
		if !strings.Contains(w.Output(), word) {
			return fmt.Errorf("the worker ended and does not say %q:\n%s", word, w.Output())
		}
	}
	return nil
}

// halfway runs a pipeline to the end of what was fed, ends its worker, and feeds more.
func (s *side) halfway(ctx context.Context) error {
	w, err := s.start(ctx, "--until-end")
	if err != nil {
		return err
	}
	if err := s.ends(w, 0); err != nil {
		return err
	}
	return s.feed(ctx, nil)
}

func inputDeleted(ctx context.Context, a *arena) error {
	return a.deleted(ctx, "gone-in", "gone-in", exitData)
}
func outputDeleted(ctx context.Context, a *arena) error {
	return a.deleted(ctx, "gone-out", "gone-out.audit", exitConfig)
}

// deleted deletes a topic under a worker.
func (a *arena) deleted(ctx context.Context, name, topic string, code int) error {
	s, err := a.side(ctx, name)
	if err != nil {
		return err
	}
	w, err := s.start(ctx)
	if err != nil {
		return err
	}
	if err := s.through(ctx, w); err != nil {
		return err
	}
	if _, err := a.admin.DeleteTopic(ctx, topic); err != nil {
		return err
	}
	if topic != s.name {
		if err := s.feed(ctx, nil); err != nil {
			return err
		}
	}
	return s.ends(w, code, topic)
}

// recordsRemoved removes records that the group has not read.
func recordsRemoved(ctx context.Context, a *arena) error {
	s, err := a.side(ctx, "removed")
	if err != nil {
		return err
	}
	if err := s.halfway(ctx); err != nil {
		return err
	}
	at, err := a.admin.FetchOffsets(ctx, s.group())
	if err != nil {
		return err
	}
	position, _ := at.Lookup(s.name, 1)
	var until kadm.Offsets = kadm.Offsets{}
	until.AddOffset(s.name, 1, position.At+100, -1)
	if _, err := a.admin.DeleteRecords(ctx, until); err != nil {
		return err
	}
	w, err := s.start(ctx)
	if err != nil {
		return err
	}
	return s.ends(w, exitData, s.name, fmt.Sprint(position.At), fmt.Sprint(position.At+100))
}

// offsetsDeleted deletes one of the positions that a group has committed.
func offsetsDeleted(ctx context.Context, a *arena) error {
	s, err := a.side(ctx, "unplaced")
	if err != nil {
		return err
	}
	if err := s.halfway(ctx); err != nil {
		return err
	}
	var set kadm.TopicsSet
	set.Add(s.name, 2)
	deleted, err := a.admin.DeleteOffsets(ctx, s.group(), set)
	if err = errors.Join(err, deleted.Error()); err != nil {
		return err
	}
	w, err := s.start(ctx)
	if err != nil {
		return err
	}
	return s.ends(w, exitData, s.name+"[2]")
}
