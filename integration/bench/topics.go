package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/signup"
	"github.com/anabranch-go/anabranch/schemas"
)

// The input topic, and the counts of partitions.
const (
	input      = "bench-in"
	partitions = 4
	shards     = 8
	users      = 100_000
)

// outputs are the topics that a contender writes, with their counts of partitions.
func outputs(work, tag string) map[string]int32 {
	if work == "copy" {
		return map[string]int32{tag + ".copy": partitions}
	}
	return map[string]int32{tag + ".audit": partitions, tag + ".by-user": shards}
}

// prefill makes the input topic anew.
func prefill(ctx context.Context, o options) error {
	schema, err := schemas.Files.ReadFile("signup.avsc")
	if err != nil {
		return err
	}
	generator, err := signup.NewGenerator(string(schema), users, time.Now().Add(-time.Duration(o.events)*time.Millisecond))
	if err != nil {
		return err
	}
	if err := create(ctx, o, map[string]int32{input: partitions}); err != nil {
		return fmt.Errorf("%w; delete the topic, or use another cluster", err)
	}
	return generator.Produce(ctx, o.seeds(), input, 0, o.events)
}

func create(ctx context.Context, o options, topics map[string]int32) error {
	return admin(o, func(a *kadm.Client) error {
		for topic, n := range topics {
			if _, err := a.CreateTopic(ctx, n, -1, nil, topic); err != nil {
				return fmt.Errorf("create topic %s: %w", topic, err)
			}
		}
		return nil
	})
}

func remove(ctx context.Context, o options, topics map[string]int32) error {
	return admin(o, func(a *kadm.Client) error {
		for topic := range topics {
			if _, err := a.DeleteTopic(ctx, topic); err != nil {
				return fmt.Errorf("delete topic %s: %w", topic, err)
			}
		}
		return nil
	})
}

func admin(o options, use func(*kadm.Client) error) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(o.seeds()...))
	if err != nil {
		return err
	}
	defer client.Close()
	return use(kadm.NewClient(client))
}

// digest reads what a contender wrote: a count and a sum over all records and their partitions, order left aside.
func digest(ctx context.Context, o options, topics map[string]int32) (map[string]history.Digest, error) {
	digests := map[string]history.Digest{}
	var failed error
	for topic := range topics {
		var d history.Digest
		err := history.Read(ctx, o.seeds(), topic, func(r *kgo.Record) error {
			d.Add(r)
			return nil
		})
		failed = errors.Join(failed, err)
		digests[topic[len(o.tag):]] = d
	}
	return digests, failed
}
