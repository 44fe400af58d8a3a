package eos

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// pulse watches the connections of all clients of a member: the client retries silently while brokers are away. Silence
// alone proves nothing, since a request to join waits for other members for as long as these take; so brokers are asked, and
// it is an outage once none of them has answered.
type pulse struct {
	mu     sync.Mutex
	clock  func() time.Time // nil: time.Now
	last   time.Time        // a broker's last answer
	asked  time.Time        // the first question since then; zero: none
	tried  time.Time        // the last question
	asking bool             // whether its answers are still waited for
	err    error            // the last failure to reach a broker
}

const (
	silenceMax = time.Second     // how long nothing may be heard before brokers are asked
	answerMax  = 2 * time.Second // how long none of them may answer then
)

func (p *pulse) now() time.Time {
	if p.clock != nil {
		return p.clock()
	}
	return time.Now()
}

func (p *pulse) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = fmt.Errorf("connect to broker %s:%d: %w", meta.Host, meta.Port, err)
}

func (p *pulse) OnBrokerRead(_ kgo.BrokerMetadata, _ int16, _ int, _, _ time.Duration, err error) {
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.asked = p.now(), time.Time{}
}

// outage is why no broker answers; nil until they have been asked in vain.
func (p *pulse) outage() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked.IsZero() || p.now().Sub(p.asked) < answerMax {
		return nil
	}
	if p.err == nil {
		return transport.ErrUnreachable
	}
	return fmt.Errorf("%w: %w", transport.ErrUnreachable, p.err)
}

// due tells whether to ask now. Whoever is told so has to call done when that is over.
func (p *pulse) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.asking || now.Sub(p.last) < silenceMax || now.Sub(p.tried) < silenceMax {
		return false
	}
	p.asking, p.tried = true, now
	if p.asked.IsZero() {
		p.asked = now
	}
	return true
}

func (p *pulse) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking = false
}

// listen asks all brokers at once when none has been heard for a while, and does not wait for their answers.
func (m *member) listen() {
	if !m.pulse.due() {
		return
	}
	brokers := slices.Concat(m.client.DiscoveredBrokers(), m.client.SeedBrokers())
	m.asks.Go(func() {
		defer m.pulse.done()
		ctx, cancel := context.WithTimeout(context.Background(), answerMax)
		defer cancel()
		var all sync.WaitGroup
		for _, b := range brokers {
			all.Go(func() {
				req := kmsg.NewPtrMetadataRequest()
				req.Topics = []kmsg.MetadataRequestTopic{} // none: the brokers alone
				_, _ = b.Request(ctx, req)                 // the pulse hears the answer
			})
		}
		all.Wait()
	})
}
