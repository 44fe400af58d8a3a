package runtime

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/anabranch-go/anabranch/runtime/plan"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Options say how a Worker runs a pipeline.
type Options struct {
	// Instance tells this worker from others of the same pipeline, and is part of its transactional ids: two live
	// workers must not share it, and a restarted worker should have the same again. Empty: the host name.
	Instance string
	// Only names the sub-topologies to run; empty: all.
	Only []string
	// UntilEnd ends the run once everything has been read that was there when it began.
	UntilEnd bool
	// CreateTopics makes the topics that the file names and the cluster has not.
	CreateTopics bool
	// Decisions is the control topic of an earlier run over the same topics, whose ordered mergers' decisions this one repeats, so
	// that it writes the same. Empty: it decides itself which silent inputs it no longer waits for.
	Decisions string
	// Listen is the address of /livez, /readyz and /metrics. A port alone (":8080") listens on the loopback
	// interface only; name the host, as in 0.0.0.0:8080, to be reached from elsewhere. Empty: none.
	Listen string
	// Log receives what happens to the worker as a whole, never what records hold. Nil: slog.Default.
	Log *slog.Logger
	// Dial opens connections to brokers. Nil: plain TCP.
	Dial func(ctx context.Context, network, host string) (net.Conn, error)
	// Wrap is put around each transport, so that a simulation can stop a worker between two calls of it. Nil: nothing.
	Wrap func(transport.Transport) transport.Transport
}

// Errors that end a run. The transport's own errors are in package transport.
var (
	// ErrRejected: an event was rejected and the file names no dead-letter topic.
	ErrRejected = errors.New("an event was rejected and the pipeline has no dead letters")
	// ErrTolerance: more events were rejected than `on_error: {tolerance: …}` allows.
	ErrTolerance = errors.New("more events were rejected than the tolerance allows")
	// ErrTopics: a topic is missing, or is not as the file declares it.
	ErrTopics = topics.ErrTopics
	// ErrChanged: the groups have run another revision, from which this one may not go on without more being done.
	ErrChanged = plan.ErrChanged
	// ErrOptions: the options ask for something that cannot be, such as a sub-topology that does not exist.
	ErrOptions = errors.New("cannot run like this")
)
