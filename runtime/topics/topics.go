package topics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/topology"
)

// ErrTopics is what every error about a topic that is missing, or is not as the file declares it, wraps.
var ErrTopics = errors.New("the topics are not as the pipeline needs them")

// VisibleTimeout bounds how long a new topic may take to be seen.
const VisibleTimeout = 30 * time.Second

// Layout is the number of partitions of each topic of a pipeline.
type Layout map[string]int32

// Ensure gives the layout of p's topics in the cluster. With create it first makes those that are missing and that
// the file does not call another team's. All that is wrong is one error, which is ErrTopics; rights on topics and groups
// that are missing are told before, as transport.ErrDenied.
func Ensure(ctx context.Context, cl *kgo.Client, p *topology.Pipeline, create bool) (Layout, error) {
	if err := acl.Check(ctx, cl, p); err != nil {
		return nil, err
	}
	want := Wanted(p)
	have, err := list(ctx, cl, want)
	if err != nil {
		return nil, err
	}
	if create && !complete(want, have) {
		if have, err = makeMissing(ctx, cl, want, have); err != nil {
			return nil, err
		}
		if err := acl.Check(ctx, cl, p); err != nil { // a topic that is missing says nothing of the rights on it
			return nil, err
		}
	}
	return have, check(p, want, have, create)
}

// list gives the partitions of the wanted topics that exist. It asks the broker itself, since a client's cache would
// not know a topic for some seconds after it was made.
func list(ctx context.Context, cl *kgo.Client, want []Topic) (Layout, error) {
	req := kmsg.NewPtrMetadataRequest()
	for _, t := range want {
		one := kmsg.NewMetadataRequestTopic()
		one.Topic = &t.Name
		req.Topics = append(req.Topics, one)
	}
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, fmt.Errorf("list the topics: %w", err)
	}
	have := Layout{}
	for _, t := range resp.Topics {
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
		case err != nil:
			return nil, fmt.Errorf("look at topic %s: %w", *t.Topic, err)
		default:
			have[*t.Topic] = int32(len(t.Partitions))
		}
	}
	return have, nil
}

// makeMissing makes what is missing in two steps, since an output may be as wide as an input of which only the broker knows
// how wide it is.
func makeMissing(ctx context.Context, cl *kgo.Client, want []Topic, have Layout) (Layout, error) {
	for _, external := range []bool{true, false} {
		var made []string
		for _, t := range want {
			if _, exists := have[t.Name]; exists || !t.Managed || (t.Like == nil) != external {
				continue
			}
			n := Width(t, have)
			if err := Create(ctx, cl, t, n); err != nil {
				return nil, err
			}
			made = append(made, t.Name)
			if n > 0 {
				have[t.Name] = n // narrower ones further on take their width from it
			}
		}
		if len(made) == 0 {
			continue
		}
		var err error
		if have, err = waitFor(ctx, cl, want, made); err != nil {
			return nil, err
		}
	}
	return have, nil
}

// Width is the number of partitions to make t with; -1 leaves it to the broker.
func Width(t Topic, have Layout) int32 {
	if t.Partitions > 0 {
		return t.Partitions
	}
	n := int32(-1)
	for _, like := range t.Like {
		if w, ok := have[like]; ok {
			n = max(n, w)
		}
	}
	return n
}

// Make makes one topic that is missing in a layout, waits until it is to be seen, and gives the layout with it.
func Make(ctx context.Context, cl *kgo.Client, t Topic, have Layout) (Layout, error) {
	if err := Create(ctx, cl, t, Width(t, have)); err != nil {
		return have, err
	}
	made, err := waitFor(ctx, cl, []Topic{t}, []string{t.Name})
	if err != nil {
		return have, err
	}
	have = maps.Clone(have)
	have[t.Name] = made[t.Name]
	return have, nil
}

// Create makes one topic, with as many replicas as the broker gives by default. One that is there already is no error.
func Create(ctx context.Context, cl *kgo.Client, t Topic, partitions int32) error {
	config := map[string]*string{}
	for k, v := range t.Config {
		config[k] = &v
	}
	_, err := kadm.NewClient(cl).CreateTopic(ctx, partitions, -1, config, t.Name)
	if err == nil || errors.Is(err, kerr.TopicAlreadyExists) { // another worker was faster
		return nil
	}
	if errors.Is(err, kerr.TopicAuthorizationFailed) || errors.Is(err, kerr.ClusterAuthorizationFailed) {
		return acl.Missing(acl.Rule{Resource: acl.Topic, Name: t.Name, Operation: acl.Create})
	}
	return fmt.Errorf("%w: create topic %s: %w", ErrTopics, t.Name, err)
}

// waitFor waits until the cluster shows the topics that were made.
func waitFor(ctx context.Context, cl *kgo.Client, want []Topic, made []string) (Layout, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, VisibleTimeout, fmt.Errorf("topics %s are not to be seen %s after they were made", strings.Join(made, ", "), VisibleTimeout))
	defer cancel()
	for {
		have, err := list(ctx, cl, want)
		if err == nil && holds(have, made) {
			return have, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// complete tells whether none of want is missing.
func complete(want []Topic, have Layout) bool {
	for _, t := range want {
		if _, exists := have[t.Name]; !exists {
			return false
		}
	}
	return true
}

func holds(have Layout, names []string) bool {
	for _, name := range names {
		if have[name] == 0 {
			return false
		}
	}
	return true
}
