package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/anabranch-go/anabranch/integration/kafka"
	"github.com/anabranch-go/anabranch/runtime/acl"
)

// servingMax bounds the start of a broker whose data were left as they fell.
const servingMax = time.Minute

// victim is the broker that a fault hits.
func (a *arena) victim(i *injection) *kafka.Node {
	return a.cluster.Nodes[i.below(len(a.cluster.Nodes))]
}

func (a *arena) serving(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, servingMax)
	defer cancel()
	return a.cluster.Serving(ctx)
}

// brokerKill kills a broker and starts it again.
func brokerKill(ctx context.Context, a *arena, i *injection) error {
	n := a.victim(i)
	i.hit(a.aim(ctx, ""))
	if err := n.Kill(ctx); err != nil {
		return err
	}
	if err := a.wait(ctx, i.between(time.Second, 4*time.Second)); err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		return err
	}
	return a.serving(ctx)
}

// brokerPause freezes a broker: its connections stay open.
func brokerPause(ctx context.Context, a *arena, i *injection) error {
	n := a.victim(i)
	i.hit(a.aim(ctx, ""))
	if err := n.Pause(ctx); err != nil {
		return err
	}
	err := a.wait(ctx, i.between(4*time.Second, 12*time.Second))
	return errors.Join(err, n.Resume(context.WithoutCancel(ctx)))
}

// restartBrokers ends all brokers in good order and starts them again.
func restartBrokers(ctx context.Context, a *arena, i *injection) error {
	i.hit(a.aim(ctx, ""))
	for _, n := range a.cluster.Nodes {
		if err := n.Stop(ctx); err != nil {
			return err
		}
	}
	for _, n := range a.cluster.Nodes {
		if err := n.Start(ctx); err != nil {
			return err
		}
	}
	return a.serving(ctx)
}

// isolate cuts one broker off from the others for longer than they wait for it. Clients still reach it.
func isolate(ctx context.Context, a *arena, i *injection) error {
	n := a.victim(i)
	i.hit(a.aim(ctx, ""))
	if err := n.Isolate(ctx); err != nil {
		return err
	}
	err := a.wait(ctx, i.between(6*time.Second, 20*time.Second))
	return errors.Join(err, n.Rejoin(context.WithoutCancel(ctx)), a.serving(ctx))
}

// moveCoordinators gives the partitions of the internal topics other leaders.
func moveCoordinators(ctx context.Context, a *arena, i *injection) error {
	for range 3 {
		if err := a.lead(ctx, i, "__transaction_state", "__consumer_offsets"); err != nil {
			return err
		}
		if err := a.wait(ctx, i.between(time.Second, 3*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// moveLeaders gives the partitions of the pipeline's topics other leaders.
func moveLeaders(ctx context.Context, a *arena, i *injection) error {
	for range 3 {
		if err := a.lead(ctx, i, input, audit, byUser, dead); err != nil {
			return err
		}
		if err := a.wait(ctx, i.between(time.Second, 3*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// lead turns the order of the replicas, of which the first one is to lead, and asks for the election.
func (a *arena) lead(ctx context.Context, i *injection, topics ...string) error {
	found, err := a.admin.ListTopicsWithInternal(ctx, topics...)
	if err != nil {
		return fmt.Errorf("replicas of %v: %w", topics, err)
	}
	var assign kadm.AlterPartitionAssignmentsReq
	var elect kadm.TopicsSet
	found.EachPartition(func(p kadm.PartitionDetail) {
		turned := append(append([]int32{}, p.Replicas[1:]...), p.Replicas[0])
		assign.Assign(p.Topic, p.Partition, turned)
		elect.Add(p.Topic, p.Partition)
	})
	i.hit(a.aim(ctx, ""))
	if _, err := a.admin.AlterPartitionAssignments(ctx, assign); err != nil {
		return fmt.Errorf("turn the replicas of %v: %w", topics, err)
	}
	if _, err := a.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, elect); err != nil {
		return fmt.Errorf("elect leaders of %v: %w", topics, err)
	}
	return nil
}

// revoke takes a right away that the pipeline cannot do without, and gives it back.
func revoke(ctx context.Context, a *arena, i *injection) error {
	var needed []acl.Rule
	for _, r := range a.rights.rules {
		if r.Need == acl.Always {
			needed = append(needed, r)
		}
	}
	rule := needed[i.below(len(needed))]
	a.say("without %s", rule)
	i.hit(a.aim(ctx, ""))
	if err := a.rights.take(ctx, rule); err != nil {
		return err
	}
	err := a.wait(ctx, i.between(4*time.Second, 8*time.Second))
	return errors.Join(err, a.rights.give(context.WithoutCancel(ctx), rule))
}
