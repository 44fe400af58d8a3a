package eos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime/topics"
)

// goneMax bounds the look for topics.
const goneMax = 2 * time.Second

// gone is the error of a sink whose topic was deleted, where why a session has ended may come from that; else nil.
// The client waits for the topic to come back, and says no more than that time was up.
func (m *member) gone(why error) error {
	suspect := errors.Is(why, kerr.UnknownTopicOrPartition) || errors.Is(why, kerr.UnknownTopicID) || errors.Is(why, context.Canceled)
	if !suspect || m.pulse.outage() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), goneMax)
	defer cancel()
	found, err := m.admin.ListTopics(ctx, m.config.Sinks...)
	if err != nil {
		return nil
	}
	for _, name := range m.config.Sinks {
		if errors.Is(found[name].Err, kerr.UnknownTopicOrPartition) {
			return fmt.Errorf("%w: topic %s was deleted while it was written: %w", topics.ErrTopics, name, why)
		}
	}
	return nil
}
