package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/kafka"
)

// broker is the Kafka that is raced on.
type broker struct {
	brokers   []string
	container *kafka.Container // nil: it was there before
	client    *kgo.Client
	admin     *kadm.Client
}

// reach connects to a list of seed brokers, or to a new container where it is empty.
func reach(ctx context.Context, list string) (*broker, error) {
	b := &broker{brokers: strings.Split(list, ",")}
	if list == "" {
		if err := kafka.Engine(ctx); err != nil {
			return nil, fmt.Errorf("no Docker engine answers: %w; name a Kafka with -brokers", err)
		}
		fmt.Fprintln(os.Stderr, "starting", kafka.Image)
		var err error
		b.container, err = kafka.Start(ctx, map[string]string{
			"KAFKA_HEAP_OPTS": "-Xms1g -Xmx1g", "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseG1GC",
		})
		if err != nil {
			return nil, err
		}
		b.brokers = b.container.Brokers
	}
	var err error
	if b.client, err = kgo.NewClient(kgo.SeedBrokers(b.brokers...)); err != nil {
		return nil, errors.Join(err, b.stop())
	}
	b.admin = kadm.NewClient(b.client)
	return b, nil
}

func (b *broker) close() {
	b.client.Close()
	if err := b.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

func (b *broker) stop() error {
	if b.container == nil {
		return nil
	}
	return b.container.Stop()
}

// cpu is the time that the broker has had so far; 0 where it cannot be known, since it is not ours.
func (b *broker) cpu(ctx context.Context) (time.Duration, error) {
	if b.container == nil {
		return 0, nil
	}
	return b.container.CPU(ctx)
}

// create makes topics with so many partitions each, and waits until the broker serves them.
func (b *broker) create(ctx context.Context, partitions map[string]int) error {
	for topic, n := range partitions {
		if _, err := b.admin.CreateTopic(ctx, int32(n), -1, nil, topic); err != nil {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
	}
	for {
		listed, err := b.admin.ListEndOffsets(ctx, slices.Collect(maps.Keys(partitions))...)
		if err = errors.Join(err, listed.Error()); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until the new topics are served, last error %w: %w", err, ctx.Err())
		case <-time.After(servedPause):
		}
	}
}

// servedPause is the time between two looks at topics that are new.
const servedPause = 50 * time.Millisecond

// remove deletes all topics and groups whose names begin with prefix. It works after ctx has ended, too.
func (b *broker) remove(ctx context.Context, prefix string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeMax)
	defer cancel()
	topics, err := b.admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	groups, err := b.admin.ListGroups(ctx)
	if err != nil {
		return fmt.Errorf("list groups: %w", err)
	}
	var failed error
	if old := under(topics.Names(), prefix); len(old) > 0 {
		deleted, err := b.admin.DeleteTopics(ctx, old...)
		failed = err
		for _, one := range deleted {
			if one.Err != nil && !errors.Is(one.Err, kerr.UnknownTopicOrPartition) { // a deleted topic is listed for a while
				failed = errors.Join(failed, fmt.Errorf("delete topic %s: %w", one.Topic, one.Err))
			}
		}
	}
	if old := under(groups.Groups(), prefix); len(old) > 0 {
		_, err := b.admin.DeleteGroups(ctx, old...) // a group that a crashed contender has left lasts until its session ends
		failed = errors.Join(failed, err)
	}
	return failed
}

// removeMax bounds the deletion of topics.
const removeMax = time.Minute

func under(all []string, prefix string) []string {
	var some []string
	for _, name := range all {
		if strings.HasPrefix(name, prefix) {
			some = append(some, name)
		}
	}
	return some
}
