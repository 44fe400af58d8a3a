package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/anabranch-go/anabranch/integration/kafka"
	ledger "github.com/anabranch-go/anabranch/runtime/audit"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

// audit holds what the workers have counted beside their positions to the laws of the balance, to the topics, and to what
// the topics were found to hold.
func (a *arena) audit(ctx context.Context, result *Result) error {
	file, err := a.write("audited", func(text string) string { return text })
	if err != nil {
		return err
	}
	brokers := strings.Join(a.cluster.Brokers(), ",")
	p, err := topology.Load(file, topology.Options{Partitioner: client.Partition, Env: func(name string) (string, bool) { return brokers, name == "KAFKA_BROKERS" }})
	if err != nil {
		return err
	}
	found, err := ledger.Take(ctx, p, ledger.Options{Count: true, Dial: kafka.Dial, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, i := range found.Imbalances {
		result.Wrong = append(result.Wrong, fmt.Errorf("audit: %s", i))
	}
	for _, r := range found.Remarks {
		result.Wrong = append(result.Wrong, fmt.Errorf("audit: %s; want nothing left out", r))
	}
	for _, s := range found.Subs {
		for _, p := range s.Partitions {
			result.Audited += int(p.Records)
		}
	}
	if result.Audited != result.Events {
		result.Wrong = append(result.Wrong, fmt.Errorf("audit: the workers have counted %d events, and the input holds %d", result.Audited, result.Events))
	}
	return nil
}
