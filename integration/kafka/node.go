package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Node is one node of a Cluster: broker and controller in one process.
type Node struct {
	ID      int32
	Address string // of the door without a guard
	Guarded string // where the guarded door really is, behind the address that the node advertises for it

	container     testcontainers.Container
	network, host string // between the nodes, and what they call this one; empty: it is alone
}

// Kill ends the node as a failing machine would; its data stay.
func (n *Node) Kill(ctx context.Context) error {
	return n.docker(ctx, "kill", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"})
		return err
	})
}

// Stop ends the node in good order; its data stay.
func (n *Node) Stop(ctx context.Context) error {
	return n.docker(ctx, "stop", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.ContainerStop(ctx, id, client.ContainerStopOptions{})
		return err
	})
}

// Start starts a node that was ended. It does not wait until the node serves.
func (n *Node) Start(ctx context.Context) error {
	return n.docker(ctx, "start", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.ContainerStart(ctx, id, client.ContainerStartOptions{})
		return err
	})
}

// Pause freezes the node's processes: its connections stay open and nothing answers.
func (n *Node) Pause(ctx context.Context) error {
	return n.docker(ctx, "pause", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.ContainerPause(ctx, id, client.ContainerPauseOptions{})
		return err
	})
}

// Resume ends a Pause.
func (n *Node) Resume(ctx context.Context) error {
	return n.docker(ctx, "resume", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
		return err
	})
}

// Isolate cuts the node off from the others. Clients reach it as before.
func (n *Node) Isolate(ctx context.Context) error {
	return n.docker(ctx, "isolate", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.NetworkDisconnect(ctx, n.network, client.NetworkDisconnectOptions{Container: id, Force: true})
		return err
	})
}

// Rejoin ends an Isolate.
func (n *Node) Rejoin(ctx context.Context) error {
	return n.docker(ctx, "rejoin", func(c *testcontainers.DockerClient, id string) error {
		_, err := c.NetworkConnect(ctx, n.network, client.NetworkConnectOptions{Container: id, EndpointConfig: &network.EndpointSettings{Aliases: []string{n.host}}})
		return err
	})
}

func (n *Node) docker(ctx context.Context, what string, do func(*testcontainers.DockerClient, string) error) error {
	c, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return fmt.Errorf("%s node %d: %w", what, n.ID, err)
	}
	defer func() { _ = c.Close() }()
	if err := do(c, n.container.GetContainerID()); err != nil {
		return fmt.Errorf("%s node %d: %w", what, n.ID, err)
	}
	return nil
}

// Serving waits until every node of the cluster is known as a broker and answers.
func (c *Cluster) Serving(ctx context.Context) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		return err
	}
	defer cl.Close()
	for {
		brokers, err := kadm.NewClient(cl).ListBrokers(ctx)
		if err == nil && len(brokers) == len(c.Nodes) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %d nodes serve; %d do, last error %v: %w", len(c.Nodes), len(brokers), err, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
