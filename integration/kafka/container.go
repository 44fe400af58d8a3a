package kafka

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Image is the Kafka that is started.
const Image = "apache/kafka:4.4.0"

// startMax bounds the pull of the image and the start of the broker.
const startMax = 5 * time.Minute

// Container is a running Kafka of one node, with a port on the loopback address only.
type Container struct {
	// Brokers is the seed list of its clients.
	Brokers   []string
	container testcontainers.Container
}

// Start starts a Kafka and returns once it serves. Env adds to or replaces the container's environment,
// where KAFKA_* variables become broker properties.
func Start(ctx context.Context, env map[string]string) (*Container, error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	inner, err := network.ParsePort(port + "/tcp")
	if err != nil {
		return nil, fmt.Errorf("port %s of the container: %w", port, err)
	}
	bind := func(host *container.HostConfig) {
		host.PortBindings = network.PortMap{inner: {{HostIP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), HostPort: port}}}
	}
	c, err := testcontainers.Run(ctx, Image,
		testcontainers.WithEnv(properties(port)),
		testcontainers.WithEnv(env),
		testcontainers.WithExposedPorts(port+"/tcp"),
		testcontainers.WithHostConfigModifier(bind),
		testcontainers.WithWaitStrategyAndDeadline(startMax, wait.ForLog("Kafka Server started").WithPollInterval(100*time.Millisecond)),
	)
	started := &Container{Brokers: []string{"127.0.0.1:" + port}, container: c}
	if err != nil {
		if c != nil {
			_ = started.Stop()
		}
		return nil, fmt.Errorf("start %s: %w", Image, err)
	}
	return started, nil
}

// Stop kills the broker and removes its container and its data.
func (c *Container) Stop() error {
	if err := testcontainers.TerminateContainer(c.container, testcontainers.StopTimeout(0)); err != nil {
		return fmt.Errorf("remove the container of %s: %w", Image, err)
	}
	return nil
}

// properties are the broker's settings. The port is the same inside and outside, so that one advertised
// address serves the clients and the broker's own requests for transaction markers.
func properties(port string) map[string]string {
	return map[string]string{
		"KAFKA_NODE_ID":                                  "1",
		"KAFKA_PROCESS_ROLES":                            "broker,controller",
		"KAFKA_CONTROLLER_QUORUM_VOTERS":                 "1@localhost:9093",
		"KAFKA_CONTROLLER_LISTENER_NAMES":                "CONTROLLER",
		"KAFKA_INTER_BROKER_LISTENER_NAME":               "PLAINTEXT",
		"KAFKA_LISTENERS":                                "PLAINTEXT://0.0.0.0:" + port + ",CONTROLLER://localhost:9093",
		"KAFKA_ADVERTISED_LISTENERS":                     "PLAINTEXT://127.0.0.1:" + port,
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":           "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
		"KAFKA_LOG_RETENTION_MS":                         "-1", // tests choose their own timestamps
		"KAFKA_AUTO_CREATE_TOPICS_ENABLE":                "false",
		"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS":         "0",
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":         "1",
		"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":            "1",
	}
}

// freePort asks the system for a port. Another process may take it before the container does; Start then fails.
func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("look for a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return strconv.Itoa(port), l.Close()
}
