package eos

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// protocol is the group protocol's name: workers that balance tasks must not share a group with consumers that do not.
const protocol = "anabranch-tasks"

// balancer assigns task numbers, cooperatively and stickily, and gives whoever owns a task the partition of that
// number of every input topic that has it. The client's own balancer, which treats each topic alone, decides over the
// topic with the most partitions.
type balancer struct {
	sticky kgo.GroupBalancer
	owned  *ownership
}

func newBalancer(owned *ownership) *balancer {
	return &balancer{sticky: kgo.CooperativeStickyBalancer(), owned: owned}
}

func (*balancer) ProtocolName() string { return protocol }

func (*balancer) IsCooperative() bool { return true }

func (b *balancer) JoinGroupMetadata(topics []string, owned map[string][]int32, generation int32) []byte {
	return b.sticky.JoinGroupMetadata(topics, owned, generation)
}

// ParseSyncAssignment is where this member learns all that it owns from now on.
func (b *balancer) ParseSyncAssignment(assignment []byte) (map[string][]int32, error) {
	partitions, err := kgo.ParseConsumerSyncAssignment(assignment)
	if err == nil {
		b.owned.set(partitions)
	}
	return partitions, err
}

func (b *balancer) MemberBalancer(members []kmsg.JoinGroupResponseMember) (kgo.GroupMemberBalancer, map[string]struct{}, error) {
	c, err := kgo.NewConsumerBalancer(b, members)
	return c, c.MemberTopics(), err
}

// Balance runs in the member that the group has made its leader.
func (b *balancer) Balance(c *kgo.ConsumerBalancer, counts map[string]int32) kgo.IntoSyncAssignment {
	lead := widest(counts)
	tasks, err := b.balanceTasks(c, lead, counts[lead])
	if err != nil {
		c.SetError(err)
		return nil
	}
	plan := c.NewPlan()
	c.EachMember(func(member *kmsg.JoinGroupResponseMember, meta *kmsg.ConsumerMemberMetadata) {
		for _, topic := range meta.Topics {
			for _, task := range tasks[member.MemberID] {
				if task < counts[topic] {
					plan.AddPartition(member, topic, task)
				}
			}
		}
	})
	withhold(c, plan)
	return plan
}

// widest is the topic with the most partitions, the first by name among equals.
func widest(counts map[string]int32) string {
	lead := ""
	for topic, n := range counts {
		if lead == "" || n > counts[lead] || n == counts[lead] && topic < lead {
			lead = topic
		}
	}
	return lead
}

// balanceTasks shares out n tasks as if the group read the lead topic alone.
func (b *balancer) balanceTasks(c *kgo.ConsumerBalancer, lead string, n int32) (map[string][]int32, error) {
	var members []kmsg.JoinGroupResponseMember
	c.EachMember(func(member *kmsg.JoinGroupResponseMember, meta *kmsg.ConsumerMemberMetadata) {
		owned := map[string][]int32{}
		for _, o := range meta.OwnedPartitions {
			if o.Topic == lead {
				owned[lead] = slices.Clone(o.Partitions)
			}
		}
		var topics []string
		if slices.Contains(meta.Topics, lead) {
			topics = []string{lead}
		}
		m := *member
		m.ProtocolMetadata = b.sticky.JoinGroupMetadata(topics, owned, meta.Generation)
		members = append(members, m)
	})
	mb, _, err := b.sticky.MemberBalancer(members)
	if err != nil {
		return nil, err
	}
	into, err := mb.(kgo.GroupMemberBalancerOrError).BalanceOrError(map[string]int32{lead: n})
	if err != nil {
		return nil, err
	}
	tasks := map[string][]int32{}
	for member, topics := range into.(*kgo.BalancePlan).AsMemberIDMap() {
		tasks[member] = topics[lead]
	}
	return tasks, nil
}

// withhold takes from the plan each task of which some partition must first be revoked elsewhere, as a whole: whoever
// revokes joins again, and the next balance gives the task to its new owner in one piece.
func withhold(c *kgo.ConsumerBalancer, plan *kgo.BalancePlan) {
	wanted := map[string]map[string][]int32{}
	for member, topics := range plan.AsMemberIDMap() {
		wanted[member] = map[string][]int32{}
		for topic, partitions := range topics {
			wanted[member][topic] = slices.Clone(partitions)
		}
	}
	plan.AdjustCooperative(c)
	for member, topics := range plan.AsMemberIDMap() {
		torn := map[int32]bool{}
		for topic, want := range wanted[member] {
			for _, p := range want {
				if !slices.Contains(topics[topic], p) {
					torn[p] = true
				}
			}
		}
		for topic, partitions := range topics {
			topics[topic] = slices.DeleteFunc(partitions, func(p int32) bool { return torn[p] })
		}
	}
}
