package eos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// member is the transport of one sub-topology. It belongs to the goroutine that calls it.
type member struct {
	config Config
	log    *slog.Logger
	client *kgo.Client  // for administration; it outlives the sessions
	admin  *kadm.Client // the same
	pulse  *pulse
	asks   sync.WaitGroup   // questions to brokers whose answers only the pulse hears
	budget *budget          // of the memory for fetched records
	limits map[string]int32 // bytes of a record batch, by topic of a sink
	input  map[string]int   // by topic

	s        *session      // nil between two sessions
	sessions uint64        // how many there were
	known    map[int32]int // the tasks that the caller knows of, as in ownership.gained
	at       positions
	parked   map[spot]bool // partitions whose fetching is paused at their end
	out      writing
	spare    []*batch
	holds    holds
	round    transport.Round
	hunt     hunt
	rewind   bool // the client's positions must be set to what the broker has before they are used

	openMax   time.Duration // see the constant
	setbacks  int           // sessions and transactions in a row that led to nothing
	notBefore time.Time     // of the next attempt
	trouble   error         // why the last one failed
	troubled  time.Time     // when
	fencings  fencings
	proven    proof
	ended     time.Time // when the last transaction ended
	looked    time.Time // when the ends were last compared
	final     error

	wait func(context.Context, time.Duration) bool // sleep
}

// openWait bounds how long Open waits for a broker.
const openWait = 10 * time.Second

// Open joins the group. It waits until a broker has answered, for ten seconds at most: then the error is
// transport.ErrUnreachable. What brokers say that passes by itself, and positions that hang on the transaction of a worker that
// died, are waited for, for a minute at most. Once ctx has ended, the error is that of ctx too. The topics must exist.
func Open(ctx context.Context, c Config) (transport.Transport, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	m := &member{config: c, log: c.log().With("group", c.Group), pulse: &pulse{}, known: map[int32]int{}, parked: map[spot]bool{}, input: map[string]int{}, openMax: openMax, wait: sleep}
	m.at = positions{moved: map[spot]position{}, notes: map[spot]string{}, states: map[spot]string{}, holds: &m.holds, kept: newBookmarks(), instance: c.Instance, mark: c.Mark}
	if c.Ends != nil {
		m.at.end = c.Ends.of(c.Group)
	}
	for i, in := range c.Inputs {
		for _, topic := range in.Topics {
			m.input[topic] = i
		}
	}
	client, err := adminClient(c.Client, c.id(), kgo.WithHooks(m.pulse), kgo.MaxDecompressBatchBytes(decompressedMax))
	if err != nil {
		return nil, fmt.Errorf("open group %s: %w", c.Group, err)
	}
	m.client, m.admin, m.budget = client, kadm.NewClient(client), newBudget(client, c.fetchedMax)
	if err := m.enter(ctx); err != nil {
		client.Close()
		return nil, fmt.Errorf("open group %s: %w", c.Group, within(ctx, err))
	}
	return m, nil
}

// within puts the end of ctx before what was waited for until then.
func within(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// enter does what has to be done once before the first session, and begins it.
func (m *member) enter(ctx context.Context) error {
	if err := reach(ctx, m.client); err != nil {
		return err
	}
	if m.config.Ends == nil {
		g := groupStart{admin: m.admin, log: m.log, group: m.config.Group, id: m.config.id(), instance: m.config.Instance, mark: m.config.Mark, inputs: m.config.Inputs, sinks: without(m.config.Sinks, m.config.Shared), release: m.releaser(releaseAfter)}
		if err := g.commit(ctx); err != nil {
			return err
		}
	}
	m.limits = batchLimits(ctx, m.admin, m.config.Sinks)
	var err error
	m.s, err = m.newSession()
	return err
}

func adminClient(shared []kgo.Opt, id string, more ...kgo.Opt) (*kgo.Client, error) {
	opts := append(slices.Clone(shared), kgo.ClientID(id), kgo.MetadataMaxAge(metadataAge))
	return kgo.NewClient(append(opts, more...)...)
}

// reach waits for any broker's answer.
func reach(ctx context.Context, client *kgo.Client) error {
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	for {
		err := client.Ping(ctx)
		if err == nil {
			return nil
		}
		if judge(err) == hopeless || unauthorised(err) {
			return err
		}
		if !sleep(ctx, 200*time.Millisecond) {
			return fmt.Errorf("%w within %s: %w", transport.ErrUnreachable, openWait, err)
		}
	}
}

// batchLimits reads how large a record batch the sinks' topics take, where they take less than is usual: many small
// records in one batch must not look like one that is too large. Without the right to know, the usual size is used.
func batchLimits(ctx context.Context, admin *kadm.Client, topics []string) map[string]int32 {
	limits := map[string]int32{}
	configs, err := admin.DescribeTopicConfigs(ctx, slices.Compact(slices.Sorted(slices.Values(topics)))...)
	if err != nil {
		return limits
	}
	for _, rc := range configs {
		for _, c := range rc.Configs {
			if c.Key != "max.message.bytes" || c.Value == nil {
				continue
			}
			if n, err := strconv.Atoi(*c.Value); err == nil {
				limits[rc.Name] = int32(max(512, min(n, batchBytesMax)))
			}
		}
	}
	return limits
}

// leaveMax bounds the last request of a worker that goes.
const leaveMax = time.Second

// Close aborts what is open and leaves the group, so that others take over at once.
func (m *member) Close() {
	if m.client == nil {
		return
	}
	orderly := m.pulse.outage() == nil && !errors.Is(m.final, transport.ErrFenced) // to leave would throw out who lives on with these ids
	if m.s != nil {
		if m.out.open && orderly {
			limit := time.AfterFunc(2*time.Second, m.s.kill)
			_, err := m.s.gts.End(m.s.ctx, kgo.TryAbort)
			limit.Stop()
			orderly = err == nil
		}
		m.part()
	}
	m.settle()
	if orderly {
		ctx, cancel := context.WithTimeout(context.Background(), leaveMax)
		_, err := m.admin.LeaveGroup(ctx, kadm.LeaveGroup(m.config.Group).InstanceIDs(m.config.id()).Reason("worker stops"))
		cancel()
		if err != nil {
			m.log.Debug("leave the group", "err", err)
		}
	}
	m.client.Close()
	m.asks.Wait()
	m.client = nil
}
