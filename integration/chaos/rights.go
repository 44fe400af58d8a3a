package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

// The workers' user.
const (
	user     = "signup"
	password = "wine"
)

// rights are what the workers' user may do: what acl.Of says of the pipeline, and no more.
type rights struct {
	client *kgo.Client
	rules  []acl.Rule
}

// grant makes the user and gives him the rights that the pipeline of file needs once its topics are there.
func grant(ctx context.Context, c *kgo.Client, file string) (*rights, error) {
	p, err := topology.Load(file, topology.Options{Partitioner: client.Partition})
	if err != nil {
		return nil, err
	}
	scram := kadm.UpsertSCRAM{User: user, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: password}
	made, err := kadm.NewClient(c).AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{scram})
	if err = errors.Join(err, made.Error()); err != nil {
		return nil, fmt.Errorf("make user %s: %w", user, err)
	}
	r := &rights{client: c}
	for _, rule := range acl.Of(p) {
		if rule.Need != acl.CreateTopics {
			r.rules = append(r.rules, rule)
		}
	}
	return r, r.give(ctx, r.rules...)
}

// give adds rights.
func (r *rights) give(ctx context.Context, rules ...acl.Rule) error {
	req := kmsg.NewPtrCreateACLsRequest()
	for _, rule := range rules {
		c, err := creation(rule)
		if err != nil {
			return err
		}
		req.Creations = append(req.Creations, c)
	}
	resp, err := req.RequestWith(ctx, r.client)
	if err != nil {
		return fmt.Errorf("give rights to %s: %w", user, err)
	}
	for _, result := range resp.Results {
		if err := kerr.ErrorForCode(result.ErrorCode); err != nil {
			return fmt.Errorf("give rights to %s: %w", user, err)
		}
	}
	return nil
}

// take takes one right away.
func (r *rights) take(ctx context.Context, rule acl.Rule) error {
	c, err := creation(rule)
	if err != nil {
		return err
	}
	filter := kmsg.NewDeleteACLsRequestFilter()
	filter.ResourceType, filter.ResourceName, filter.ResourcePatternType = c.ResourceType, &c.ResourceName, c.ResourcePatternType
	filter.Principal, filter.Host, filter.Operation, filter.PermissionType = &c.Principal, &c.Host, c.Operation, c.PermissionType
	req := kmsg.NewPtrDeleteACLsRequest()
	req.Filters = append(req.Filters, filter)
	resp, err := req.RequestWith(ctx, r.client)
	if err != nil || len(resp.Results) != 1 || len(resp.Results[0].MatchingACLs) != 1 {
		return fmt.Errorf("take %s away: %w; answer %+v", rule, err, resp)
	}
	return nil
}

func creation(rule acl.Rule) (kmsg.CreateACLsRequestCreation, error) {
	operation, err := kmsg.ParseACLOperation(string(rule.Operation))
	if err != nil {
		return kmsg.CreateACLsRequestCreation{}, fmt.Errorf("right %s: %w", rule, err)
	}
	c := kmsg.NewCreateACLsRequestCreation()
	c.ResourceType = map[acl.Resource]kmsg.ACLResourceType{
		acl.Topic: kmsg.ACLResourceTypeTopic, acl.Group: kmsg.ACLResourceTypeGroup, acl.TransactionalID: kmsg.ACLResourceTypeTransactionalId,
	}[rule.Resource]
	c.ResourceName, c.ResourcePatternType = rule.Name, kmsg.ACLResourcePatternTypeLiteral
	if rule.Prefixed {
		c.ResourcePatternType = kmsg.ACLResourcePatternTypePrefixed
	}
	c.Principal, c.Host, c.Operation, c.PermissionType = "User:"+user, "*", operation, kmsg.ACLPermissionTypeAllow
	return c, nil
}
