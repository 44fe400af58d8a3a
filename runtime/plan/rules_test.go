package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/acl"
	"github.com/anabranch-go/anabranch/runtime/topics"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/fingerprint"
)

const river = `
apiVersion: anabranch/v1
kind: Pipeline
name: p
streams:
  in: {topic: in, value: {format: bytes}, key: value, partitions: 2}
  mid: {topic: mid, partitions: 2}
  out: {topic: out, partitions: 2, config: {retention.ms: 1000}}
operators:
  keep: {type: filter, from: in, where: 'key != null', to: mid}
  spread: {type: sharder, from: mid, by: key, to: out}
on_error: {dead_letter: dlq}
`

func edited(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(river) }

func parse(t *testing.T, text string) *topology.Pipeline {
	t.Helper()
	p, err := topology.Parse("p.yaml", []byte(strings.ReplaceAll(text, "key: value, ", "")), topology.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// settled is the state of a cluster where the pipeline of text runs.
func settled(t *testing.T, text string) *State {
	t.Helper()
	p := parse(t, text)
	s := &State{Brokers: 1, Topics: map[string]Topic{p.Control(): {Partitions: 1, Replicas: 1, Config: map[string]string{"cleanup.policy": "compact"}}},
		Groups: map[string]Group{}, Known: map[string]*fingerprint.Sub{}}
	for _, name := range []string{"in", "mid", "out", "dlq"} {
		s.Topics[name] = Topic{Partitions: 2, Replicas: 1, Config: map[string]string{"retention.ms": "1000"}}
	}
	for _, sub := range fileOf(p) {
		g := Group{}
		for _, r := range sub.Reads {
			for n := range int32(2) {
				g.Positions = append(g.Positions, Position{Topic: r.Topic, Partition: n, Mark: sub.Mark().String()})
			}
		}
		s.Groups[sub.Group()], s.Known[sub.Print()] = g, sub
	}
	return s
}

// planned is the changes, one a line, without their reasons.
func planned(p *Plan) string {
	var lines []string
	for _, c := range p.Changes {
		lines = append(lines, fmt.Sprintf("%s %s %s [%s>%s] %s %s", c.Action, c.Kind, c.Name, c.From, c.To, c.Class, c.Drain))
	}
	return strings.Join(lines, "\n")
}

func TestRules(t *testing.T) {
	empty := func(name string) func(*State) {
		return func(s *State) { one := s.Topics[name]; one.Empty = true; s.Topics[name] = one }
	}
	for name, c := range map[string]struct {
		ran, file string
		change    func(*State)
		deletes   bool
		class     fingerprint.Class
		want      []string // lines
	}{
		"nothing":                     {},
		"a topic is missing":          {change: func(s *State) { delete(s.Topics, "out") }, want: []string{"create topic out [>2 partitions] none "}},
		"another team's is missing":   {file: edited("{topic: in,", "{topic: in, managed: false,"), change: func(s *State) { delete(s.Topics, "in") }, want: []string{"block topic in [>2 partitions] none "}},
		"no control topic":            {change: func(s *State) { delete(s.Topics, "p-control") }, want: []string{"create topic p-control [>1 partition] none "}},
		"an inner topic is widened":   {file: edited("mid, partitions: 2", "mid, partitions: 3"), class: fingerprint.Drain, want: []string{"change partitions mid [2>3] drain mid"}},
		"an empty one is":             {file: edited("mid, partitions: 2", "mid, partitions: 3"), change: empty("mid"), class: fingerprint.Rolling, want: []string{"change partitions mid [2>3] rolling "}},
		"an output is":                {file: edited("out, partitions: 2", "out, partitions: 3"), class: fingerprint.Rebuild, want: []string{"change partitions out [2>3] rebuild "}},
		"an input is":                 {file: edited("key: value, partitions: 2", "partitions: 3"), class: fingerprint.Rolling, want: []string{"change partitions in [2>3] rolling "}},
		"partitions are taken away":   {file: edited("out, partitions: 2", "out, partitions: 1"), class: fingerprint.Rebuild, want: []string{"block partitions out [2>1] rebuild "}},
		"another team's is narrower":  {file: edited("{topic: in,", "{topic: in, managed: false,", "key: value, partitions: 2", "partitions: 3"), want: []string{"block partitions in [2>3] none "}},
		"another configuration":       {file: edited("1000", "2000"), want: []string{"change config out retention.ms [1000>2000] none "}},
		"it may not be looked at":     {change: func(s *State) { one := s.Topics["out"]; one.Config = nil; s.Topics["out"] = one }},
		"never run":                   {change: func(s *State) { delete(s.Groups, "p.mid") }, class: fingerprint.Rolling, want: []string{"create group p.mid [>] rolling ", "create transactional ids p.mid.* [>] none "}},
		"the pipeline is renamed":     {file: edited("name: p", "name: q"), change: renamed, class: fingerprint.Rebuild, want: []string{"create group q.in [>] rebuild ", "create group q.mid [>] rebuild "}},
		"its outputs are empty":       {file: edited("name: p", "name: q"), change: all(renamed, empty("mid"), empty("out")), class: fingerprint.Rolling, want: []string{"create group q.in [>] rolling ", "create group q.mid [>] rolling "}},
		"its input is empty":          {file: edited("name: p", "name: q"), change: all(renamed, empty("in"), empty("mid")), class: fingerprint.Rolling, want: []string{"create group q.in [>] rolling ", "create group q.mid [>] rolling "}},
		"it begins at the end":        {file: edited("name: p", "name: q", "{topic: in,", "{topic: in, start: latest,", "  mid: {topic: mid, partitions: 2}\n", ""), change: renamed, class: fingerprint.Rolling, want: []string{"create group q.in [>] rolling "}},
		"a group is deleted":          {change: func(s *State) { delete(s.Groups, "p.in") }, class: fingerprint.Rebuild, want: []string{"create group p.in [>] rebuild "}},
		"a stream is cut":             {ran: edited("  mid: {topic: mid, partitions: 2}\n", ""), file: river, class: fingerprint.Rolling, want: []string{"create group p.mid [>] rolling "}},
		"an output changes its group": {ran: moved("in"), file: moved("in2"), change: all(func(s *State) { delete(s.Groups, "p.in2") }, fill("in2")), class: fingerprint.Rolling, want: []string{"create group p.in2 [>] rolling "}},
		"a group renamed":             {file: edited("  mid: ", "  other: ", "from: mid", "from: other", "to: mid", "to: other"), class: fingerprint.Rebuild, want: []string{"create group p.other [>] rebuild ", "keep group p.mid [>] none "}},
		"a group is left":             {file: strings.Replace(edited("  mid: {topic: mid, partitions: 2}\n", ""), "{type: sharder, from: mid", "{type: sharder, from: mid", 1), class: fingerprint.Drain, want: []string{"keep group p.mid [>] none ", "keep topic mid [>] none ", "change flow p.in [>] drain mid", "change operator spread.sub-topology [mid>in] rolling "}},
		"and deleted":                 {file: edited("  mid: {topic: mid, partitions: 2}\n", ""), deletes: true, class: fingerprint.Drain, want: []string{"delete group p.mid [>] none ", "delete topic mid [>] none "}},
		"an expression":               {file: edited("key != null", "key == null"), class: fingerprint.Rolling, want: []string{"change operator keep.where [key != null>key == null] rolling "}},
		"which is not kept":           {file: edited("key != null", "key == null"), change: func(s *State) { s.Known = nil }, class: fingerprint.Rolling, want: []string{"change revision p.in ["}},
		"another input":               {file: edited("topic: in,", "topic: in2,"), change: func(s *State) { s.Known = nil }, class: fingerprint.Drain, want: []string{"change flow p.in [>] drain in", "change flow p.in [>] drain in2"}},
		"the sharder":                 {file: edited("by: key", "hash: rendezvous, by: key"), class: fingerprint.Rebuild, want: []string{"change flow p.mid [>] rebuild ", "change operator spread.hash [murmur2>rendezvous] rolling "}},
		"a contract":                  {file: edited("key: value, ", "", "bytes}, partitions", "string}, partitions", "{format: bytes}", "{format: string}"), class: fingerprint.Rolling, want: []string{"change contract in.value [bytes>string] rolling "}},
		"dead letters":                {file: edited("dlq", "dlq2"), class: fingerprint.Rolling, want: []string{"change dead letters on_error.dead_letter [dlq>dlq2] rolling ", "create topic dlq2 [>2 partitions] none "}},
		"a right":                     {change: func(s *State) { s.Lacking = []acl.Rule{{Resource: acl.Topic, Name: "in", Operation: acl.Read}} }, want: []string{"need right Read on topic in [>] none "}},
		"a mark of some other":        {change: remark("nonsense"), class: fingerprint.Drain, want: []string{"change revision p.in [>] drain "}},
		"positions of an old version": {change: remark("")},
	} {
		t.Run(name, func(t *testing.T) {
			if c.ran == "" {
				c.ran = river
			}
			if c.file == "" {
				c.file = river
			}
			s := settled(t, c.ran)
			if c.change != nil {
				c.change(s)
			}
			got := Of(parse(t, c.file), s, c.deletes)
			if got.Class != c.class {
				t.Errorf("class %s, want %s", got.Class, c.class)
			}
			text := planned(got) + "\n"
			for _, line := range c.want {
				if !strings.Contains(text, line) {
					t.Errorf("no %q in\n%s", line, text)
				}
			}
			if len(c.want) == 0 && len(got.Changes) > 0 {
				t.Errorf("no changes wanted, got\n%s", text)
			}
		})
	}
}

// renamed is what a pipeline finds that ran under another name: its topics, and no groups.
func renamed(s *State) {
	clear(s.Groups)
	clear(s.Known)
}

// moved is a pipeline of two groups, of which the one that reads a topic writes out, and the other spare.
func moved(topic string) string {
	to := map[string]string{"in": "spare", "in2": "spare"}
	to[topic] = "out"
	return edited("  mid: {topic: mid, partitions: 2}\n", "  in2: {topic: in2, partitions: 2}\n  spare: {topic: spare, partitions: 2}\n",
		"to: mid", "to: "+to["in"], "{type: sharder, from: mid, by: key, to: out}", "{type: filter, from: in2, where: 'key != null', to: "+to["in2"]+"}")
}

// fill makes a topic of two partitions that hold records.
func fill(topic string) func(*State) {
	return func(s *State) { s.Topics[topic] = Topic{Partitions: 2, Replicas: 1} }
}

func all(changes ...func(*State)) func(*State) {
	return func(s *State) {
		for _, change := range changes {
			change(s)
		}
	}
}

// remark puts another mark beside all positions of the group p.in.
func remark(mark string) func(*State) {
	return func(s *State) {
		for i := range s.Groups["p.in"].Positions {
			s.Groups["p.in"].Positions[i].Mark = mark
		}
	}
}

// A partition that has had no record since the last rolling change is told, and is no change.
func TestPartitionsThatStandBehind(t *testing.T) {
	s := settled(t, river)
	before := parse(t, edited("key != null", "key == null"))
	s.Groups["p.in"].Positions[1].Mark = fingerprint.Of(before, before.Subs[0]).Mark().String()
	got := Of(parse(t, river), s, false)
	if len(got.Changes) > 0 || !strings.Contains(strings.Join(got.Remarks, "\n"), "1 of 2 partitions have had no record") {
		t.Errorf("%s\n%q", planned(got), got.Remarks)
	}
}

// A group that was left behind says nothing once another does what it did, as the file says now.
func TestGroupsThatStay(t *testing.T) {
	joined := edited("  mid: {topic: mid, partitions: 2}\n", "", "by: key", "hash: rendezvous, by: key")
	s := settled(t, river)
	if got := Of(parse(t, joined), s, false); got.Class != fingerprint.Rebuild {
		t.Errorf("before: %s", planned(got))
	}
	after := settled(t, joined)
	after.Groups["p.mid"] = s.Groups["p.mid"]
	for print, sub := range s.Known {
		after.Known[print] = sub
	}
	if got := Of(parse(t, joined), after, false); !got.Empty() || got.Class != fingerprint.None {
		t.Errorf("after: %s", planned(got))
	}
}

// Everything of a state that a plan depends on is in its hash, and nothing that only moves along.
func TestDigest(t *testing.T) {
	was := settled(t, river).digest()
	for name, c := range map[string]struct {
		change func(*State)
		same   bool
	}{
		"positions move":    {func(s *State) { s.Groups["p.in"].Positions[0].Left = 7 }, true},
		"members come":      {func(s *State) { g := s.Groups["p.in"]; g.Members = 3; s.Groups["p.in"] = g }, true},
		"a mark":            {remark("x"), false},
		"a topic":           {func(s *State) { delete(s.Topics, "in") }, false},
		"a group":           {func(s *State) { delete(s.Groups, "p.mid") }, false},
		"a right":           {func(s *State) { s.Lacking = make([]acl.Rule, 1) }, false},
		"what is kept":      {func(s *State) { clear(s.Known) }, false},
		"a topic is filled": {func(s *State) { one := s.Topics["in"]; one.Empty = true; s.Topics["in"] = one }, false},
	} {
		s := settled(t, river)
		if c.change(s); (s.digest() == was) != c.same {
			t.Errorf("%s: the same is %v, want %v", name, !c.same, c.same)
		}
	}
}

func TestTheControlTopicIsAmongTheRights(t *testing.T) {
	p := parse(t, river)
	for _, r := range acl.Of(p) {
		if r.Name == p.Control() && r.Operation == acl.Write {
			return
		}
	}
	t.Errorf("acl.Of does not name %s", p.Control())
}

// An input of keyed records is read to its end before its keys go elsewhere.
func TestWidenedInput(t *testing.T) {
	one := &wantedTopic{Topic: topics.Topic{Name: "in"}, stream: &topology.Stream{KeyEquals: "value.id"}}
	if class, drain, _ := widened(one, Topic{Partitions: 2}); class != fingerprint.Drain || drain != "in" {
		t.Errorf("%s, %q", class, drain)
	}
}

// A saved plan that would say the same is still out of date once the cluster is another.
func TestStateIsHeldTo(t *testing.T) {
	p, s := parse(t, river), settled(t, river)
	saved := Of(p, s, false)
	one := s.Topics["in"]
	one.Empty = true
	s.Topics["in"] = one
	if err := saved.Holds(Of(p, s, false)); !errors.Is(err, ErrStale) {
		t.Errorf("got %v", err)
	}
}
