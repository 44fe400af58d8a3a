package eos

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Flow is what one group of the pipeline reads and writes.
type Flow struct {
	Group  string
	Mark   string // as in Config
	Inputs []Input
	Sinks  []string // topics
	Shared []string // as in Config
}

// Ends knows where the inputs of a run end. One is made for each run and shared by all transports of the process. It is
// safe for concurrent use.
//
// An end is an offset: a partition is done once the position that its group has committed is not below it.
type Ends struct {
	client  *kgo.Client
	admin   *kadm.Client
	flows   map[string]*flow   // by group
	writers map[string][]*flow // by topic

	turn  chan struct{} // with room for one: it guards what changes in the flows, across requests
	inner map[string]map[spot]int64
}

// flow is a Flow and what is known of its run.
type flow struct {
	Flow
	ends    map[spot]int64 // of the partitions that no flow writes; read-only once the run has begun
	reached bool
	looked  time.Time
}

// FindEnds finds the ends of a run over all flows of a pipeline, those of other processes included: an
// input that no flow writes ends at its last stable offset now; one that a flow writes ends where that flow's group
// has stopped, once it has reached its own ends. The ends are stored beside the groups' positions, so that a worker
// which comes back to an unfinished run stops at the same ones. The groups' positions are committed on the way, as Open
// does. It waits for a broker as Open does.
func FindEnds(ctx context.Context, client []kgo.Opt, instance string, flows []Flow, log *slog.Logger) (*Ends, error) {
	if log == nil {
		log = slog.Default()
	}
	kc, err := adminClient(client, instance)
	if err != nil {
		return nil, fmt.Errorf("find the ends of the inputs: %w", err)
	}
	e := &Ends{client: kc, admin: kadm.NewClient(kc), flows: map[string]*flow{}, writers: map[string][]*flow{}, turn: make(chan struct{}, 1), inner: map[string]map[spot]int64{}}
	for _, f := range flows {
		known := &flow{Flow: f, ends: map[spot]int64{}}
		e.flows[f.Group] = known
		for _, topic := range f.Sinks {
			e.writers[topic] = append(e.writers[topic], known)
		}
	}
	if err := e.begin(ctx, instance, log); err != nil {
		e.Close()
		return nil, fmt.Errorf("find the ends of the inputs: %w", within(ctx, err))
	}
	return e, nil
}

// Close ends the connections that it was using.
func (e *Ends) Close() { e.client.Close() }

// begin settles every end that is known now: those of a run that is under way, or else new ones, which it stores.
func (e *Ends) begin(ctx context.Context, instance string, log *slog.Logger) error {
	if err := reach(ctx, e.client); err != nil {
		return err
	}
	have, releases := map[string]map[spot]stored{}, map[string]release{}
	for group, f := range e.flows {
		m := &member{config: Config{Group: group, Instance: instance, Sinks: f.Sinks}, log: log.With("group", group), client: e.client, admin: e.admin}
		releases[group] = m.releaser(releaseOthers)
		var err error
		if have[group], err = e.positions(ctx, group, releases[group]); err != nil {
			return err
		}
		for _, topic := range e.outer(f) {
			ends, err := lastStable(ctx, e.admin, topic)
			if err != nil {
				return err
			}
			for at, end := range ends {
				f.ends[at] = max(end, have[group][at].next)
			}
		}
	}
	under, err := e.underWay(ctx, have)
	if err != nil {
		return err
	}
	for group, f := range e.flows {
		if under {
			for at := range f.ends {
				if c, ok := have[group][at]; ok && c.end != noEnd {
					f.ends[at] = max(c.end, c.next)
				}
			}
		}
		g := groupStart{admin: e.admin, log: log.With("group", group), group: group, id: group + "." + instance, instance: instance, mark: f.Mark, inputs: f.Inputs, sinks: without(f.Sinks, f.Shared), ends: f.ends, release: releases[group]}
		if err := g.commit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// positions waits for the positions of a group for startMax at most.
func (e *Ends) positions(ctx context.Context, group string, r release) (map[spot]stored, error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	return releasedOffsets(ctx, e.admin, group, r)
}

// outer are the input topics of f that no flow writes.
func (e *Ends) outer(f *flow) (topics []string) {
	for _, topic := range topicsOf(f.Inputs) {
		if len(e.writers[topic]) == 0 {
			topics = append(topics, topic)
		}
	}
	return topics
}

// underWay tells whether an earlier run stopped short of its ends.
func (e *Ends) underWay(ctx context.Context, have map[string]map[spot]stored) (bool, error) {
	ran := map[string]bool{}
	for group, positions := range have {
		for _, c := range positions {
			if c.end == noEnd {
				continue
			}
			ran[group] = true
			if c.next < c.end {
				return true, nil
			}
		}
	}
	for group, f := range e.flows {
		for _, topic := range topicsOf(f.Inputs) {
			written := false
			for _, w := range e.writers[topic] {
				written = written || ran[w.Group]
			}
			if !written {
				continue
			}
			ends, err := lastStable(ctx, e.admin, topic)
			if err != nil {
				return false, err
			}
			for at, end := range ends {
				if have[group][at].next < end {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// of gives the end of each partition that group reads, where it is known from the beginning.
func (e *Ends) of(group string) func(spot) (int64, bool) {
	f, ok := e.flows[group]
	return func(at spot) (int64, bool) {
		if !ok {
			return 0, false
		}
		end, known := f.ends[at]
		return end, known
	}
}

// reachedPause is the least time between two looks at one group's positions.
const reachedPause = 100 * time.Millisecond

// reached tells whether every partition of a group has been committed up to its end. Once true it stays so.
func (e *Ends) reached(ctx context.Context, group string) (bool, error) {
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-e.turn }()
	return e.look(ctx, e.flows[group])
}

func (e *Ends) look(ctx context.Context, f *flow) (bool, error) {
	if f == nil || f.reached {
		return f != nil, nil
	}
	if time.Since(f.looked) < reachedPause {
		return false, nil
	}
	f.looked = time.Now()
	ends := []map[spot]int64{f.ends}
	for _, topic := range topicsOf(f.Inputs) {
		if len(e.writers[topic]) == 0 {
			continue
		}
		inner, err := e.innerEnds(ctx, topic)
		if err != nil || inner == nil {
			return false, err
		}
		ends = append(ends, inner)
	}
	have, err := committedOffsets(ctx, e.admin, f.Group)
	if err != nil {
		return false, err
	}
	for _, some := range ends {
		for at, end := range some {
			if have[at].next < end {
				return false, nil
			}
		}
	}
	f.reached = true
	return true, nil
}

// end is where a partition that a group reads ends; not known while flows that write it have not reached their own ends.
func (e *Ends) end(ctx context.Context, group string, at spot) (end int64, known bool, err error) {
	if end, known := e.of(group)(at); known {
		return end, true, nil
	}
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
	defer func() { <-e.turn }()
	if len(e.writers[at.topic]) == 0 {
		return 0, false, nil
	}
	ends, err := e.innerEnds(ctx, at.topic)
	end, known = ends[at]
	return end, known, err
}

// innerEnds are the ends of a topic that flows write, once all of these have reached theirs; nil before. They are
// read uncommitted: the markers of the last transactions may still be on their way.
func (e *Ends) innerEnds(ctx context.Context, topic string) (map[spot]int64, error) {
	if ends, ok := e.inner[topic]; ok {
		return ends, nil
	}
	for _, w := range e.writers[topic] {
		if done, err := e.look(ctx, w); err != nil || !done {
			return nil, err
		}
	}
	listed, err := list(ctx, topic, e.admin.ListEndOffsets)
	ends, err := offsetsOf(listed, err, topic)
	if err != nil {
		return nil, err
	}
	e.inner[topic] = ends
	return ends, nil
}

func lastStable(ctx context.Context, admin *kadm.Client, topic string) (map[spot]int64, error) {
	listed, err := list(ctx, topic, admin.ListCommittedOffsets)
	return offsetsOf(listed, err, topic)
}

// list asks for offsets of a topic until all of its partitions answer, for startMax at most: leaders move.
func list(ctx context.Context, topic string, ask func(context.Context, ...string) (kadm.ListedOffsets, error)) (kadm.ListedOffsets, error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for {
		listed, err := ask(ctx, topic)
		if err == nil {
			err = listed.Error()
		}
		if err == nil || judge(err) != passing || unauthorised(err) || !sleep(ctx, claimPause) {
			return listed, err
		}
	}
}

func offsetsOf(listed kadm.ListedOffsets, err error, topic string) (map[spot]int64, error) {
	if err != nil {
		return nil, fmt.Errorf("find the end of topic %s: %w", topic, err)
	}
	ends := map[spot]int64{}
	for p, o := range listed[topic] {
		ends[spot{topic, p}] = o.Offset
	}
	return ends, nil
}

// lookMax bounds one comparison of positions and ends.
const lookMax = 2 * time.Second

// reachedEnds is Round.Ended: asked only when nothing was read and nothing is pending, at a low rate.
func (m *member) reachedEnds(ctx context.Context) bool {
	if m.config.Ends == nil || m.out.open || m.out.given || time.Since(m.looked) < reachedPause {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, lookMax)
	defer cancel()
	done, err := m.config.Ends.reached(ctx, m.config.Group)
	m.looked = time.Now()
	if err != nil && judge(err) != nothing {
		m.note(err)
	}
	return done
}
