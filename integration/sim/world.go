package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/anabranch-go/anabranch/topology"
)

// brokers is how many there are.
const brokers = 3

// topic is one topic of a pipeline.
type topic struct {
	name       string
	partitions int32
}

// world is one run: a cluster, the workers, and what happened to them.
type world struct {
	scenario *Scenario
	network  *kfake.VirtualNetwork
	cluster  *kfake.Cluster
	topics   []topic
	reach    []kgo.Opt // a client that no fault of a wire hits
	client   *kgo.Client
	admin    *kadm.Client
	txns     *transactions
	calls    *Calls
	tally    *Tally
	slots    []*slot
	live     *live
	handles  []*kfake.FaultHandle
	log      *slog.Logger
	lines    *lines
	latency  time.Duration // the most that one request or reply takes

	mu     sync.Mutex
	errs   []error
	result Result
	living sync.WaitGroup // processes, the dead ones that have not noticed included
}

// newWorld makes the cluster.
func newWorld(s *Scenario, random *rand.Rand, tally *Tally, calls *Calls) (*world, error) {
	w := &world{scenario: s, network: &kfake.VirtualNetwork{}, txns: &transactions{open: map[string]bool{}}, calls: calls, tally: tally, lines: &lines{}}
	w.log = slog.New(slog.NewTextHandler(w.lines, nil))
	w.topics = topicsOf(s.pipeline)
	w.latency = time.Duration(random.IntN(4)) * time.Millisecond
	opts := []kfake.Opt{kfake.Ports(9092, 9093, 9094), kfake.ListenFn(w.network.Listen)}
	for _, t := range w.topics {
		opts = append(opts, kfake.SeedTopics(t.partitions, t.name))
	}
	if s.OldBrokers > 0 && random.IntN(s.OldBrokers) == 0 {
		opts = append(opts, kfake.MaxVersions(kversion.V3_7_0()))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		return nil, fmt.Errorf("start the cluster: %w", err)
	}
	w.cluster = cluster
	w.reach = []kgo.Opt{kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.Dialer(w.network.DialContext)}
	w.client, err = kgo.NewClient(append(w.reach, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(0))...)
	if err != nil {
		cluster.Close()
		return nil, err
	}
	w.admin = kadm.NewClient(w.client)
	return w, nil
}

func (w *world) close() {
	w.client.Close()
	w.cluster.Close()
}

// topicsOf are the topics of a pipeline, those of dead letters and decisions included.
func topicsOf(p *topology.Pipeline) (topics []topic) {
	for _, s := range p.Streams {
		if s.Topic() != "" {
			topics = append(topics, topic{s.Topic(), s.Partitions})
		}
	}
	if p.Decides() {
		topics = append(topics, topic{p.Control(), 1})
	}
	return append(topics, topic{p.OnError.DeadLetter, 1})
}

// slot picks one of the workers.
func (w *world) slot(random *rand.Rand) *slot { return w.slots[random.IntN(len(w.slots))] }

// inTransaction waits until a transaction of the wire's worker is open, for two seconds at most.
func (w *world) inTransaction(wire *wire) {
	for end := time.Now().Add(2 * time.Second); !w.txns.of(wire.instance) && time.Now().Before(end); {
		time.Sleep(3 * time.Millisecond)
	}
}

// claimed checks that a transactional id is one that a successor would ask for again: only then are transactions of the dead
// ended by who comes after them.
func (w *world) claimed(id string) {
	if id == "" && w.scenario.pipeline.Decides() {
		return // no transaction: what is going to run is written to the control topic
	}
	for _, sub := range w.scenario.pipeline.Subs {
		if instance, ok := strings.CutPrefix(id, w.scenario.pipeline.Group(sub)+"."); ok && len(instance) <= 3 {
			return
		}
	}
	w.fail("a worker asked for the transactional id %q, which is no group's with an instance", id)
}

// sessionTimeout is how long after its last sign of life the brokers take a worker for dead.
const sessionTimeout = 10 * time.Second

// expire does what the brokers would when the session of an instance that never comes back has expired: the in-process
// ones forget to, for a member that dies while its reply to JoinGroup is on the way.
func (w *world) expire(instance string) {
	w.living.Go(func() {
		time.Sleep(sessionTimeout)
		for _, sub := range w.scenario.pipeline.Subs {
			group := w.scenario.pipeline.Group(sub)
			leave := kadm.LeaveGroup(group).InstanceIDs(group + "." + instance)
			if _, err := w.admin.LeaveGroup(context.Background(), leave); err != nil {
				w.log.Info("expire", "instance", instance, "err", err)
			}
		}
	})
}

func (w *world) fail(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errs = append(w.errs, fmt.Errorf(format, args...))
}

// calm ends all faults.
func (w *world) calm() {
	for _, h := range w.handles {
		h.Remove()
	}
	w.handles = nil
	for _, s := range w.slots {
		s.wire().calm()
	}
}

// behind says what is not committed yet; empty once every group has read all that is there.
func (w *world) behind(ctx context.Context) string {
	for _, sub := range w.scenario.pipeline.Subs {
		group := w.scenario.pipeline.Group(sub)
		have, err := w.admin.FetchOffsets(kadm.RequireStable(ctx), group)
		if err != nil {
			return err.Error()
		}
		for _, in := range sub.Inputs {
			ends, err := w.admin.ListEndOffsets(ctx, in.Topics...)
			if err != nil {
				return err.Error()
			}
			late := ""
			ends.Each(func(end kadm.ListedOffset) {
				if at, _ := have.Lookup(end.Topic, end.Partition); at.At < end.Offset {
					late = fmt.Sprintf("group %s is at %d of %d in %s[%d] (%v)", group, at.At, end.Offset, end.Topic, end.Partition, at.Err)
				}
			})
			if late != "" {
				return late
			}
		}
	}
	return ""
}
