package plan

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

// Cluster is the cluster of a pipeline, to be looked at and to be changed.
type Cluster struct {
	pipeline *topology.Pipeline
	options  []kgo.Opt
	client   *kgo.Client
	admin    *kadm.Client
}

// Reach connects to the cluster of p. Log receives what goes wrong in the client.
func Reach(ctx context.Context, p *topology.Pipeline, log *slog.Logger) (*Cluster, error) {
	if err := client.Probe(ctx, p.Kafka, nil); err != nil {
		return nil, err
	}
	options, err := client.Options(p.Kafka, nil)
	if err != nil {
		return nil, err
	}
	options = append(options, client.Log(log))
	cl, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	return &Cluster{p, options, cl, kadm.NewClient(cl)}, nil
}

// Close ends the connections.
func (c *Cluster) Close() { c.client.Close() }
