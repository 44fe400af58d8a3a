package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/runtime/audit"
)

const (
	recoverMax = 2 * time.Minute // of virtual time, from the end of the faults until all is committed
	headEvents = events * 4 / 5  // that come while workers run without an end
)

// Run runs one seed to its end. It must be called within a bubble of testing/synctest. The log is what the workers said.
func Run(s *Scenario, seed uint64, tally *Tally, calls *Calls) (r Result, log string, err error) {
	began := time.Now()
	random := rand.New(rand.NewPCG(seed, 1))
	w, err := newWorld(s, random, tally, calls)
	if err != nil {
		return r, "", err
	}
	defer w.close()
	w.result = Result{Seeds: 1, Events: events, Exits: map[string]int{}}
	for i := range 2 + random.IntN(2) {
		w.slots = append(w.slots, &slot{world: w, name: string(rune('a' + i))})
	}
	if w.live, err = look(w.reach, copies, byUser, dead); err != nil {
		return r, "", err
	}
	w.follow(random)
	w.untilEnd(random)
	w.living.Wait()
	w.check()
	w.checkOrder()
	w.audit()
	w.result.Virtual = time.Since(began)
	r, err = w.outcome()
	time.Sleep(lingerMax)
	return r, w.lines.String(), err
}

// lingerMax is how long clients may still be about to close that a worker went on without. What is left then, the bubble reports.
const lingerMax = 2 * time.Minute

// follow runs workers without an end while events come in and faults happen, until all is committed.
func (w *world) follow(random *rand.Rand) {
	for _, s := range w.slots {
		s.start()
	}
	length := 30*time.Second + time.Duration(random.Int64N(int64(40*time.Second)))
	bursts, fed := rand.New(rand.NewPCG(random.Uint64(), 2)), make(chan struct{})
	go func() {
		defer close(fed)
		w.put(bursts, length, w.scenario.feed[:headEvents])
	}()
	w.torment(random, length)
	<-fed
	w.recover("workers without an end")
	for _, s := range w.slots {
		s.stop()
	}
}

// untilEnd lets the rest of the events come first, with an aborted transaction behind them, and then runs
// workers until the end.
func (w *world) untilEnd(random *rand.Rand) {
	w.put(random, 0, w.scenario.feed[headEvents:])
	w.putAborted()
	for _, s := range w.slots {
		s.untilEnd = true
		s.start()
	}
	w.torment(random, time.Duration(random.Int64N(int64(20*time.Second))))
	w.calm()
	calmed := time.Now()
	for _, s := range w.slots {
		if !s.untilDone(calmed.Add(recoverMax)) {
			w.fail("worker %s did not come to its end within %s: %s", s.name, recoverMax, w.behind(context.Background()))
			s.stop()
		}
	}
	w.result.Recovery = max(w.result.Recovery, time.Since(calmed))
}

// torment inflicts faults one after the other.
func (w *world) torment(random *rand.Rand, length time.Duration) {
	for end := time.Now().Add(length); ; {
		time.Sleep(time.Duration(random.Int64N(int64(5 * time.Second))))
		if !time.Now().Before(end) {
			return
		}
		k := kindsOfFault[random.IntN(len(kindsOfFault))]
		w.log.Info("FAULT", "kind", k.name)
		k.inflict(w, random, k.name)
	}
}

// recover waits until all is committed.
func (w *world) recover(who string) {
	w.calm()
	calmed := time.Now()
	for kicked := calmed; ; {
		late := w.behind(context.Background())
		if late == "" {
			w.result.Recovery = max(w.result.Recovery, time.Since(calmed))
			return
		}
		if time.Since(calmed) > recoverMax {
			w.fail("%s stand still: %s after the last fault %s", who, recoverMax, late)
			return
		}
		if time.Since(kicked) > kickAfter {
			w.kick()
			kicked = time.Now()
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// kickAfter is when a group that gets nowhere is made to begin anew. It is longer than brokers may let members wait for others.
const (
	kickAfter        = 40 * time.Second
	rebalanceTimeout = 30 * time.Second // of the workers
)

// kick does for whole groups what expire does for one instance: the in-process brokers begin to wait anew for members that are
// dead whenever one joins, where real ones wait for a session timeout at most. Where no member is dead, and no question to join
// has gone without an answer for longer than the rebalance timeout allows, it is no fault of the brokers, and fails the run.
func (w *world) kick() {
	w.result.Kicked++
	ghosts, joining := w.ghosts(context.Background()), time.Duration(0)
	for _, s := range w.slots {
		joining = max(joining, s.wire().joining())
	}
	w.log.Info("KICK", "ghosts", ghosts, "joining", joining)
	if len(ghosts) == 0 && joining <= rebalanceTimeout {
		w.fail("groups stand still for %s; all of their members live, and none waits for an answer of the brokers", kickAfter)
	}
	for _, s := range w.slots {
		for _, sub := range w.scenario.pipeline.Subs {
			group := w.scenario.pipeline.Group(sub)
			_, _ = w.admin.LeaveGroup(context.Background(), kadm.LeaveGroup(group).InstanceIDs(group+"."+s.wire().instance))
		}
	}
}

// put writes events over a time, in bursts.
func (w *world) put(random *rand.Rand, over time.Duration, feed []*kgo.Record) {
	for each := over / time.Duration(len(feed)); len(feed) > 0; {
		n := min(len(feed), 1+random.IntN(24))
		var burst []*kgo.Record
		for _, r := range feed[:n] {
			copied := *r
			burst = append(burst, &copied)
		}
		if err := w.client.ProduceSync(context.Background(), burst...).FirstErr(); err != nil {
			w.fail("feed: %v", err)
		}
		feed = feed[n:]
		time.Sleep(time.Duration(n) * each)
	}
}

// putAborted leaves records and a marker in the input that nobody may see.
func (w *world) putAborted() {
	c, err := kgo.NewClient(append(w.reach, kgo.TransactionalID("feeder"), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))...)
	if err != nil {
		w.fail("feed: %v", err)
		return
	}
	defer c.Close()
	err = c.BeginTransaction()
	for n := 0; n < 8 && err == nil; n++ {
		err = c.ProduceSync(context.Background(), &kgo.Record{Topic: w.scenario.feed[0].Topic, Key: fmt.Append(nil, n), Value: []byte("never")}).FirstErr()
	}
	if err == nil {
		err = c.EndTransaction(context.Background(), kgo.TryAbort)
	}
	if err != nil {
		w.fail("feed an aborted transaction: %v", err)
	}
}

// ghosts are members of the groups whose process is dead.
func (w *world) ghosts(ctx context.Context) (ghosts []string) {
	alive, groups := map[string]bool{}, []string{}
	for _, sub := range w.scenario.pipeline.Subs {
		group := w.scenario.pipeline.Group(sub)
		groups = append(groups, group)
		for _, s := range w.slots {
			alive[group+"."+s.wire().instance] = true
		}
	}
	described, err := w.admin.DescribeGroups(ctx, groups...)
	if err != nil {
		w.fail("look at the groups: %v", err)
	}
	for _, group := range described {
		for _, m := range group.Members {
			if m.InstanceID == nil || !alive[*m.InstanceID] {
				ghosts = append(ghosts, group.Group+" "+m.MemberID)
			}
		}
	}
	return ghosts
}

// check reads all topics back.
func (w *world) check() {
	ctx := context.Background()
	oracle, err := signup.NewOracle(w.scenario.schema)
	if err != nil {
		w.fail("%v", err)
		return
	}
	in := &signup.Input{}
	if err := history.ReadWith(ctx, w.reach, input, func(r *kgo.Record) error { return in.Add(oracle, r) }); err != nil {
		w.fail("%v", err)
		return
	}
	if err := in.Ledger.Whole(); err != nil || in.Ledger.Len() != events {
		w.fail("%d events went in, want %d: %v", in.Ledger.Len(), events, err)
	}
	held := sights{}
	for _, output := range []history.Output{in.Audit(copies), in.ByUser(byUser, shards), in.DeadLetters(dead, input)} {
		check := history.NewCheck(&in.Ledger, output)
		if err := history.ReadWith(ctx, w.reach, output.Topic, func(r *kgo.Record) error { check.Record(r); held.add(r); return nil }); err != nil {
			w.fail("%v", err)
		}
		report := check.Finish()
		if err := report.Err(); err != nil {
			w.fail("%v", err)
		}
	}
	w.live.finish(w, held)
}

// audit holds the counts beside the positions to each other, and to what the topics hold.
func (w *world) audit() {
	found, err := audit.Take(context.Background(), w.scenario.pipeline, audit.Options{Count: true, Dial: w.network.DialContext, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.fail("audit: %v", err)
		return
	}
	for _, i := range found.Imbalances {
		w.fail("audit: %s", i)
	}
	for _, r := range found.Remarks {
		w.fail("audit: %s", r)
	}
}
