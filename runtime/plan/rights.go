package plan

import (
	"context"
	"errors"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/anabranch-go/anabranch/runtime/acl"
)

// rights asks which rights the cluster does not give: of those on topics and groups it says so itself, and of those on
// transactional ids there are only the access control lists to look at.
func (o *observer) rights(ctx context.Context) error {
	var wanted, ids []acl.Rule
	for _, r := range acl.Of(o.pipeline) {
		switch {
		case r.Need != acl.Always:
		case r.Resource == acl.TransactionalID:
			ids = append(ids, r)
		default:
			wanted = append(wanted, r)
		}
	}
	var err error
	if o.state.Lacking, err = acl.Lacking(ctx, o.client, wanted); err != nil {
		return err
	}
	if o.pipeline.Kafka.SASL == nil {
		return nil // nobody knows by which name the cluster calls this client
	}
	principal := "User:" + o.pipeline.Kafka.SASL.User
	described, err := o.admin.DescribeACLs(ctx, kadm.NewACLs().TransactionalIDs().Allow(principal, "User:*").AllowHosts().
		Operations(kadm.OpAny).ResourcePatternType(kadm.ACLPatternAny))
	if errors.Is(err, kerr.SecurityDisabled) {
		return nil
	}
	var given kadm.DescribedACLs
	for _, result := range described {
		if err == nil {
			err = result.Err
		}
		given = append(given, result.Described...)
	}
	switch {
	case errors.Is(err, kerr.SecurityDisabled):
	case err != nil:
		o.remark("the access control lists may not be looked at, so rights on transactional ids are not compared: %v", err)
	default:
		for _, r := range ids {
			if !covers(given, r.Name) {
				o.remark("no access control list gives %s %s; only a super user runs without", principal, r)
			}
		}
	}
	return nil
}

// covers tells whether some list lets write with all transactional ids that begin with prefix.
func covers(given kadm.DescribedACLs, prefix string) bool {
	for _, a := range given {
		may := a.Operation == kadm.OpWrite || a.Operation == kadm.OpAll
		all := a.Pattern == kadm.ACLPatternLiteral && a.Name == "*" || a.Pattern == kadm.ACLPatternPrefixed && strings.HasPrefix(prefix, a.Name)
		if may && all && a.Permission == kmsg.ACLPermissionTypeAllow {
			return true
		}
	}
	return false
}
