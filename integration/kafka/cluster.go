package kafka

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	dockernet "github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Cluster is a Kafka of several nodes with two doors. Who comes by Brokers may do everything. The other door asks clients
// for their name with SCRAM-SHA-512 and lets them do what their ACLs allow; each node advertises there an address that the
// caller chose, so that a proxy can stand in front of it.
type Cluster struct {
	Nodes   []*Node
	network *testcontainers.DockerNetwork // nil: one node
}

// Ports inside the containers.
const (
	guardedPort    = "19094"
	internalPort   = "19092"
	controllerPort = "9093"
)

// StartCluster starts as many nodes as there are advertised addresses, and returns once all of them serve.
func StartCluster(ctx context.Context, advertised []string) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	c := &Cluster{}
	if len(advertised) > 1 {
		var err error
		if c.network, err = network.New(ctx); err != nil {
			return nil, fmt.Errorf("make a network for %d nodes: %w", len(advertised), err)
		}
	}
	errs := make([]error, len(advertised))
	var starting sync.WaitGroup
	for i, address := range advertised {
		n := &Node{ID: int32(i + 1)}
		c.Nodes = append(c.Nodes, n)
		starting.Go(func() { errs[i] = n.create(ctx, c.network, len(advertised), address) })
	}
	starting.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Brokers are the seeds of the door without a guard.
func (c *Cluster) Brokers() []string {
	var seeds []string
	for _, n := range c.Nodes {
		seeds = append(seeds, n.Address)
	}
	return seeds
}

// Stop removes all nodes and their data.
func (c *Cluster) Stop() error {
	var errs []error
	for _, n := range c.Nodes {
		if n.container != nil {
			errs = append(errs, testcontainers.TerminateContainer(n.container, testcontainers.StopTimeout(0)))
		}
	}
	if c.network != nil {
		errs = append(errs, c.network.Remove(context.Background()))
	}
	return errors.Join(errs...)
}

// create makes the container of a node and starts it.
func (n *Node) create(ctx context.Context, net *testcontainers.DockerNetwork, nodes int, advertised string) error {
	direct, err := freePort(ctx)
	if err != nil {
		return err
	}
	guarded, err := freePort(ctx)
	if err != nil {
		return err
	}
	n.Address, n.Guarded = "127.0.0.1:"+direct, "127.0.0.1:"+guarded
	ports := dockernet.PortMap{}
	for inner, outer := range map[string]string{direct: direct, guardedPort: guarded} {
		port, err := dockernet.ParsePort(inner + "/tcp")
		if err != nil {
			return fmt.Errorf("port %s of the container: %w", inner, err)
		}
		ports[port] = []dockernet.PortBinding{{HostIP: netip.AddrFrom4([4]byte{127, 0, 0, 1}), HostPort: outer}}
	}
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithEnv(n.properties(nodes, direct, advertised)),
		testcontainers.WithExposedPorts(direct+"/tcp", guardedPort+"/tcp"),
		testcontainers.WithHostConfigModifier(func(host *container.HostConfig) { host.PortBindings = ports }),
		testcontainers.WithWaitStrategyAndDeadline(startMax, wait.ForLog("Kafka Server started").WithPollInterval(100*time.Millisecond)),
	}
	if net != nil {
		n.network, n.host = net.ID, host(nodes, n.ID)
		options = append(options, network.WithBridgeNetwork(), network.WithNetwork([]string{n.host}, net)) // clients come by the bridge
	}
	created, err := testcontainers.Run(ctx, Image, options...)
	if created != nil {
		n.container = created
	}
	if err != nil {
		return fmt.Errorf("start node %d of %s: %w", n.ID, Image, err)
	}
	return nil
}

// properties are the settings of one node. The partitions of the internal topics are few, so that they load fast.
func (n *Node) properties(nodes int, direct, advertised string) map[string]string {
	const jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	self, bound := host(nodes, n.ID), "0.0.0.0"
	if nodes == 1 {
		bound = self
	}
	var voters []string
	for id := range int32(nodes) {
		voters = append(voters, fmt.Sprintf("%d@%s:%s", id+1, host(nodes, id+1), controllerPort))
	}
	p := properties(direct)
	replicas, inSync := strconv.Itoa(nodes), strconv.Itoa((nodes+1)/2)
	for k, v := range map[string]string{
		"KAFKA_NODE_ID":                                                  strconv.Itoa(int(n.ID)),
		"KAFKA_CONTROLLER_QUORUM_VOTERS":                                 strings.Join(voters, ","),
		"KAFKA_INTER_BROKER_LISTENER_NAME":                               "INTERNAL",
		"KAFKA_LISTENERS":                                                "DIRECT://0.0.0.0:" + direct + ",GUARDED://0.0.0.0:" + guardedPort + ",INTERNAL://" + bound + ":" + internalPort + ",CONTROLLER://" + bound + ":" + controllerPort,
		"KAFKA_ADVERTISED_LISTENERS":                                     "DIRECT://127.0.0.1:" + direct + ",GUARDED://" + advertised + ",INTERNAL://" + self + ":" + internalPort,
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":                           "CONTROLLER:PLAINTEXT,DIRECT:PLAINTEXT,INTERNAL:PLAINTEXT,GUARDED:SASL_PLAINTEXT",
		"KAFKA_SASL_ENABLED_MECHANISMS":                                  "SCRAM-SHA-512",
		"KAFKA_LISTENER_NAME_GUARDED_SCRAM___SHA___512_SASL_JAAS_CONFIG": jaas,
		"KAFKA_AUTHORIZER_CLASS_NAME":                                    "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"KAFKA_SUPER_USERS":                                              "User:ANONYMOUS", // all doors but the guarded one ask nobody
		"KAFKA_HEAP_OPTS":                                                "-Xms512m -Xmx512m",
		"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS":                             "5",
		"KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS":                     "5",
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":                         replicas,
		"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR":                 replicas,
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":                            inSync,
		"KAFKA_DEFAULT_REPLICATION_FACTOR":                               replicas,
		"KAFKA_MIN_INSYNC_REPLICAS":                                      inSync,
	} {
		p[k] = v
	}
	return p
}

// host is what the nodes call each other.
func host(nodes int, id int32) string {
	if nodes == 1 {
		return "localhost"
	}
	return "node" + strconv.Itoa(int(id))
}
