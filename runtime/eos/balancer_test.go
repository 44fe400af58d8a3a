package eos

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// group is a consumer group without a broker: its members join with what they own, and get what the balancer says.
type group struct {
	t          rapid.TB
	counts     map[string]int32
	topics     map[string][]string           // by member
	owned      map[string]map[string][]int32 // by member
	generation int32
}

// balance is one rebalance. It gives up nothing before its member has revoked it, and tells whether anyone revoked.
func (g *group) balance() (again bool) {
	b := newBalancer(&ownership{})
	var members []kmsg.JoinGroupResponseMember
	for _, id := range slices.Sorted(maps.Keys(g.owned)) {
		m := kmsg.NewJoinGroupResponseMember()
		m.MemberID = id
		m.ProtocolMetadata = b.JoinGroupMetadata(g.topics[id], g.owned[id], g.generation)
		members = append(members, m)
	}
	g.generation++
	mb, _, err := b.MemberBalancer(members)
	if err != nil {
		g.t.Fatal(err)
	}
	into, err := mb.(kgo.GroupMemberBalancerOrError).BalanceOrError(g.counts)
	if err != nil {
		g.t.Fatal(err)
	}
	before := g.owners()
	next := map[string]map[string][]int32{}
	for _, a := range into.IntoSyncAssignment() {
		got, err := b.ParseSyncAssignment(a.MemberAssignment)
		if err != nil {
			g.t.Fatal(err)
		}
		for topic, ps := range got {
			for _, p := range ps {
				if owner, ok := before[spot{topic, p}]; ok && owner != a.MemberID {
					g.t.Fatalf("%s[%d] goes to %s while %s still reads it", topic, p, a.MemberID, owner)
				}
			}
		}
		next[a.MemberID] = got
	}
	for id, topics := range g.owned {
		for topic, ps := range topics {
			for _, p := range ps {
				again = again || !slices.Contains(next[id][topic], p)
			}
		}
	}
	g.owned = next
	return again
}

func (g *group) settle() {
	for range 10 {
		if !g.balance() {
			return
		}
	}
	g.t.Fatal("the group does not settle")
}

func (g *group) owners() map[spot]string {
	owners := map[spot]string{}
	for id, topics := range g.owned {
		for topic, ps := range topics {
			for _, p := range ps {
				owners[spot{topic, p}] = id
			}
		}
	}
	return owners
}

func (g *group) join(id string, topics []string) {
	g.topics[id], g.owned[id] = topics, map[string][]int32{}
}

// wantTasks: every partition has an owner, equal numbers have the same one, and nobody has two more than another.
func (g *group) wantTasks() {
	owners, tasks, perMember := g.owners(), map[int32]string{}, map[string]int{}
	for id := range g.owned {
		perMember[id] = 0
	}
	for topic, n := range g.counts {
		for p := range n {
			owner, ok := owners[spot{topic, p}]
			if !ok {
				g.t.Fatalf("nobody owns %s[%d]", topic, p)
			}
			if other, known := tasks[p]; known && other != owner {
				g.t.Fatalf("task %d is torn: %s has %s[%d], %s has another partition of it", p, owner, topic, p, other)
			}
			if tasks[p] == "" {
				tasks[p] = owner
				perMember[owner]++
			}
		}
	}
	counts := slices.Collect(maps.Values(perMember))
	if slices.Max(counts)-slices.Min(counts) > 1 {
		g.t.Fatalf("tasks are shared out %v", perMember)
	}
}

func TestTasksAreNeverTorn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &group{t: t, counts: map[string]int32{}, topics: map[string][]string{}, owned: map[string]map[string][]int32{}}
		for i := range rapid.IntRange(1, 3).Draw(t, "topics") {
			g.counts[fmt.Sprint("t", i)] = rapid.Int32Range(1, 12).Draw(t, "partitions")
		}
		topics := slices.Sorted(maps.Keys(g.counts))
		g.join("m0", topics)
		g.settle()
		g.wantTasks()
		for i := range rapid.IntRange(1, 8).Draw(t, "changes") {
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				g.join(fmt.Sprint("m", i+1), topics)
			case 1:
				if len(g.owned) > 1 {
					delete(g.owned, rapid.SampledFrom(slices.Sorted(maps.Keys(g.owned))).Draw(t, "leaves"))
				}
			case 2:
				g.counts[rapid.SampledFrom(topics).Draw(t, "grows")] += 2
			}
			g.settle()
			g.wantTasks()
		}
	})
}

// Who stays keeps its tasks when another one joins, but for those that the newcomer gets.
func TestTasksAreSticky(t *testing.T) {
	g := &group{t: t, counts: map[string]int32{"a": 9, "b": 9}, topics: map[string][]string{}, owned: map[string]map[string][]int32{}}
	g.join("m0", []string{"a", "b"})
	g.join("m1", []string{"a", "b"})
	g.settle()
	before := g.owners()
	g.join("m2", []string{"a", "b"})
	g.settle()
	g.wantTasks()
	for s, owner := range g.owners() {
		if owner != "m2" && owner != before[s] {
			t.Errorf("%s went from %s to %s", s, before[s], owner)
		}
	}
}

// While an input is being added, workers that do not know it yet keep their tasks of the others.
func TestInputIsAdded(t *testing.T) {
	g := &group{t: t, counts: map[string]int32{"a": 4, "b": 4}, topics: map[string][]string{}, owned: map[string]map[string][]int32{}}
	g.join("m0", []string{"a"})
	g.join("m1", []string{"a", "b"})
	g.settle()
	if n := len(g.owned["m0"]["a"]) + len(g.owned["m1"]["a"]); n != 4 || len(g.owned["m0"]["b"]) > 0 {
		t.Errorf("owned %v, want all of a, and b by m1 alone", g.owned)
	}
	g.topics["m0"] = []string{"a", "b"}
	g.settle()
	g.wantTasks()
}

func TestOwnershipTellsWhatWentAndCameBack(t *testing.T) {
	o, known := &ownership{}, map[int32]int{}
	o.set(map[string][]int32{"a": {0, 1}, "b": {1, 2}})
	if a, r := o.diff(known); !slices.Equal(a, []int32{0, 1, 2}) || len(r) > 0 {
		t.Errorf("assigned %v, revoked %v", a, r)
	}
	o.lose()
	o.set(map[string][]int32{"a": {1, 3}})
	if a, r := o.diff(known); !slices.Equal(a, []int32{1, 3}) || !slices.Equal(r, []int32{0, 1, 2}) {
		t.Errorf("assigned %v, revoked %v, want 1 in both: it was lost in between", a, r)
	}
	if o.calm() || !o.calm() {
		t.Error("a loss is told once")
	}
}
