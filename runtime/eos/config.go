package eos

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Config says what one sub-topology reads and writes, and as whom.
type Config struct {
	Client   []kgo.Opt // how to reach the cluster: seed brokers, TLS, SASL, dialer, software name
	Group    string    // the consumer group: <pipeline>.<sub>
	Instance string    // with the group it makes the transactional id, client id and member id <group>.<instance>
	// Mark says in at most 256 bytes without white space what the worker runs. It stands beside every position that it moves.
	Mark string
	// Admit tells whether the worker may go on from positions that one with another mark has committed. It is asked whenever
	// such a partition is read; its error is final. Nil: from all. Positions without a mark are gone on from.
	Admit  func(mark string) error
	Inputs []Input  // by input of the program
	Sinks  []string // the topic of each sink; that of the dead letters is one of them
	// Shared are those of Sinks of which records say nothing about whether the group has run before.
	Shared []string
	// Ends makes Round.Ended come true and stops each partition at its end; nil reads for ever.
	Ends *Ends
	// RecordsMax bounds the records of one Round; 0 is 20,000.
	RecordsMax int
	// Compression of what is written, in order of preference; nil is lz4.
	Compression []kgo.CompressionCodec
	Log         *slog.Logger // nil: slog.Default

	fetchedMax int64 // bytes; 0 is the constant
}

// Input is the topics that one input of the program is read from.
type Input struct {
	Topics []string
	Start  Start // of the topics for which the group has never committed
}

// Start is where a group begins that has never committed: at the earliest record, the zero value, after the latest, or
// at the first record not older than At. It has the fields of topology.Start and converts from it.
type Start struct {
	Latest bool
	At     time.Time
}

// id is the transactional id, the client id and the static member id in one.
func (c *Config) id() string { return c.Group + "." + c.Instance }

// identityMax bounds the group and the instance, in bytes: both go into the metadata of each committed position.
const identityMax = 249

// markMax bounds Config.Mark for the same reason.
const markMax = 256

func (c *Config) check() error {
	switch {
	case c.Group == "" || len(c.Group) > identityMax:
		return fmt.Errorf("group %q: want 1 to %d bytes", c.Group, identityMax)
	case c.Instance == "" || len(c.Instance) > identityMax:
		return fmt.Errorf("instance %q: want 1 to %d bytes", c.Instance, identityMax)
	case len(c.Mark) > markMax || strings.ContainsFunc(c.Mark, unicode.IsSpace):
		return fmt.Errorf("mark %q: want at most %d bytes without white space", c.Mark, markMax)
	case strings.ContainsFunc(c.Instance, unicode.IsSpace):
		return fmt.Errorf("instance %q: want no white space", c.Instance)
	case len(c.topics()) == 0:
		return errors.New("no input topic: want at least one")
	}
	seen := map[string]bool{}
	for _, t := range c.topics() {
		if seen[t] {
			return fmt.Errorf("topic %s is read by two inputs: want each topic in one", t)
		}
		seen[t] = true
	}
	return nil
}

func (c *Config) topics() []string { return topicsOf(c.Inputs) }

func topicsOf(inputs []Input) []string {
	var topics []string
	for _, in := range inputs {
		topics = append(topics, in.Topics...)
	}
	return topics
}

func (c *Config) roundMax() int {
	if c.RecordsMax > 0 {
		return min(c.RecordsMax, pollRecordsMax)
	}
	return pollRecordsMax
}

func (c *Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.Default()
	}
	return c.Log
}
