package acl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// Check asks the cluster which of the rights that p always needs it gives on topics and groups, so that whatever is
// missing is told at once and by name: the error is transport.ErrDenied. What cannot be asked is taken for given: a topic
// or a group that does not exist yet, a cluster that does not say, and transactional ids, for which Kafka has no question.
func Check(ctx context.Context, cl *kgo.Client, p *topology.Pipeline) error {
	return check(ctx, cl, slices.DeleteFunc(Of(p), func(r Rule) bool { return r.Need != Always }))
}

// CheckReplay does the same for what `dlq replay --apply` needs beside that, once its topic exists.
func CheckReplay(ctx context.Context, cl *kgo.Client, p *topology.Pipeline) error {
	return check(ctx, cl, slices.DeleteFunc(OfReplay(p), func(r Rule) bool { return r.Operation == Create }))
}

func check(ctx context.Context, cl *kgo.Client, rules []Rule) error {
	missing, err := Lacking(ctx, cl, rules)
	if err != nil {
		return err
	}
	return Missing(missing...)
}

// Lacking are those of rules that the cluster does not give. What cannot be asked is taken for given, as Check does.
func Lacking(ctx context.Context, cl *kgo.Client, rules []Rule) ([]Rule, error) {
	topics, err := topicRights(ctx, cl, rules)
	if err != nil {
		return nil, err
	}
	groups := groupRights(ctx, cl, rules)
	var missing []Rule
	for _, r := range rules {
		have := map[Resource]map[string]rights{Topic: topics, Group: groups}[r.Resource]
		if given, known := have[r.Name]; known && !given.allow(r.Operation) {
			missing = append(missing, r)
		}
	}
	return missing, nil
}

// Missing is the error for rights that a cluster does not give; nil for none.
func Missing(rules ...Rule) error {
	if len(rules) == 0 {
		return nil
	}
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.String()
	}
	return fmt.Errorf("%w: %s; `anabranch acls` lists all that a pipeline needs", transport.ErrDenied, strings.Join(names, ", "))
}

// rights is a set of operations as Kafka sends it (KIP-430): a bit for each.
type rights int32

// unsaid is sent by a broker that does not say.
const unsaid rights = -1 << 31

var codes = map[Operation]kmsg.ACLOperation{
	Read: kmsg.ACLOperationRead, Write: kmsg.ACLOperationWrite, Create: kmsg.ACLOperationCreate,
	Describe: kmsg.ACLOperationDescribe, DescribeConfigs: kmsg.ACLOperationDescribeConfigs,
}

func (r rights) allow(op Operation) bool { return r == unsaid || r&(1<<codes[op]) != 0 }

func topicRights(ctx context.Context, cl *kgo.Client, rules []Rule) (map[string]rights, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.IncludeTopicAuthorizedOperations = true
	for _, name := range names(rules, Topic) {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		req.Topics = append(req.Topics, topic)
	}
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return nil, fmt.Errorf("ask for the rights on topics: %w", err)
	}
	have := map[string]rights{}
	for _, t := range resp.Topics {
		switch err := kerr.ErrorForCode(t.ErrorCode); {
		case t.Topic == nil:
		case err == nil:
			have[*t.Topic] = rights(t.AuthorizedOperations)
		case errors.Is(err, kerr.TopicAuthorizationFailed):
			have[*t.Topic] = 0
		}
	}
	return have, nil
}

// groupRights asks for each group alone: one that is denied takes the answer about the others with it.
func groupRights(ctx context.Context, cl *kgo.Client, rules []Rule) map[string]rights {
	have := map[string]rights{}
	for _, name := range names(rules, Group) {
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.IncludeAuthorizedOperations = true
		req.Groups = []string{name}
		resp, err := req.RequestWith(ctx, cl)
		if err == nil && len(resp.Groups) == 1 {
			err = kerr.ErrorForCode(resp.Groups[0].ErrorCode)
		}
		switch {
		case errors.Is(err, kerr.GroupAuthorizationFailed):
			have[name] = 0
		case err == nil && len(resp.Groups) == 1:
			have[name] = rights(resp.Groups[0].AuthorizedOperations)
		}
	}
	return have
}

// names are the resources of one kind, each once.
func names(rules []Rule, kind Resource) []string {
	var all []string
	for _, r := range rules {
		if r.Resource == kind && !slices.Contains(all, r.Name) {
			all = append(all, r.Name)
		}
	}
	return all
}
