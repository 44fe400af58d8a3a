// Package embedded is a Kafka broker inside the process, for the demo, for tests and for running a pipeline over files
// with nothing installed. It keeps everything in memory and is not crash-safe: what it holds ends with the process.
package embedded

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kfake"
)

// Broker is a running in-process Kafka cluster of one broker, on a free port of the loopback interface.
// Topics are never created by being asked for.
type Broker struct{ cluster *kfake.Cluster }

// Start starts a Broker. Topics that are created without a number of partitions have one.
func Start() (*Broker, error) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1))
	if err != nil {
		return nil, fmt.Errorf("start the embedded broker: %w", err)
	}
	return &Broker{cluster}, nil
}

// Addrs are the addresses that clients connect to, as host:port.
func (b *Broker) Addrs() []string { return b.cluster.ListenAddrs() }

// Close ends the broker and everything it holds.
func (b *Broker) Close() { b.cluster.Close() }
