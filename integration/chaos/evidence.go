package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// evidenceMax bounds the look at a cluster that may not answer.
const evidenceMax = 10 * time.Second

// evidence is what the brokers say of a run that has failed: the members of the group, and the transactions that are open.
func (a *arena) evidence(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), evidenceMax)
	defer cancel()
	var all strings.Builder
	groups, err := a.admin.DescribeGroups(ctx, group)
	if err != nil {
		fmt.Fprintf(&all, "group %s: %v\n", group, err)
	}
	for _, g := range groups {
		fmt.Fprintf(&all, "group %s is %s: %v\n", g.Group, g.State, g.Err)
		for _, m := range g.Members {
			tasks := "none"
			if given, ok := m.Assigned.AsConsumer(); ok && len(given.Topics) > 0 {
				tasks = fmt.Sprint(given.Topics[0].Partitions)
			}
			fmt.Fprintf(&all, "  member %s has partitions %s\n", m.MemberID, tasks)
		}
	}
	open, err := a.admin.DescribeTransactions(ctx)
	if err != nil {
		fmt.Fprintf(&all, "transactions: %v\n", err)
	}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		t := open[id]
		fmt.Fprintf(&all, "transaction %s is %s since %s, producer %d epoch %d, in %v\n", id, t.State, time.UnixMilli(t.StartTimestamp).UTC().Format(time.TimeOnly), t.ProducerID, t.ProducerEpoch, t.Topics)
	}
	var topics kadm.TopicsSet
	topics.Add("__consumer_offsets")
	for _, topic := range []string{input, audit, byUser, dead} {
		topics.Add(topic)
	}
	producers, err := a.admin.DescribeProducers(ctx, topics)
	if err != nil {
		fmt.Fprintf(&all, "producers: %v\n", err)
	}
	for _, p := range producers.SortedProducers() {
		if p.CurrentTxnStartOffset >= 0 {
			fmt.Fprintf(&all, "%s[%d] has open what producer %d epoch %d wrote from offset %d on, last at %s\n", p.Topic, p.Partition, p.ProducerID, p.ProducerEpoch, p.CurrentTxnStartOffset, time.UnixMilli(p.LastTimestamp).UTC().Format(time.TimeOnly))
		}
	}
	return all.String()
}
