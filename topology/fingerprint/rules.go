package fingerprint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Finding is one difference that a rule has found between two revisions of a sub-topology.
type Finding struct {
	Class Class
	Topic string // what it is about; empty where only its hash is known, or it is about no topic
	What  string
}

func (f Finding) String() string {
	if f.Topic == "" {
		return f.What
	}
	return f.Topic + " " + f.What
}

// rules are all rules, each about one kind of difference.
var rules = []func(*comparison) []Finding{
	readAdded, readRemoved, schemaChanged, writeAdded, writeRemoved, innerRemoved, shardingChanged, shardingMoved, orderChanged, notTold,
}

// Judge gives what the rules find when workers of revision to go on from positions that workers of revision from have
// committed: none if the two are one. It is not symmetric: to cut a stream by a topic is rolling, to join it again is a
// drain. File is all sub-topologies of the file that to is of, since an operator may move from one to another; known lend
// the names of their topics.
func Judge(from, to Mark, file []*Sub, known ...*Sub) []Finding {
	if from.print == to.print {
		return nil
	}
	c := compare(from, to, file, known)
	var found []Finding
	for _, rule := range rules {
		found = append(found, rule(c)...)
	}
	return found
}

// Gone is what the rules find of the positions of a group that no sub-topology of the file uses: who else writes what it wrote.
func Gone(from Mark, file []*Sub, known ...*Sub) []Finding {
	return shardingMoved(compare(from, Mark{}, file, known))
}

// Worst is the greatest class of some findings; Rolling of none.
func Worst(found []Finding) Class {
	class := Rolling
	for _, f := range found {
		class = max(class, f.Class)
	}
	return class
}

// Compare is Judge for two revisions of which all is known.
func Compare(from, to *Sub, file []*Sub) []Finding {
	return Judge(from.whole(), to.whole(), file, from)
}

// comparison is the facts of two revisions, by kind and by what they are about.
type comparison struct {
	from, to map[kind]map[name]says
	file     map[kind]map[name]says // of all sub-topologies of the new revision
	topics   map[name]string

	operators map[name]string
}

func compare(from, to Mark, file, known []*Sub) *comparison {
	c := &comparison{from: byKind(from), to: byKind(to), topics: map[name]string{}, operators: map[name]string{}}
	var all Mark
	for _, s := range file {
		all.facts = append(all.facts, s.whole().facts...)
	}
	c.file = byKind(all)
	for _, s := range append(slices.Clone(file), known...) {
		for _, r := range s.Reads {
			c.topics[nameOf(r.Topic)] = r.Topic
		}
		for _, w := range s.Writes {
			c.topics[nameOf(w.Topic)] = w.Topic
		}
		for _, op := range s.Operators {
			c.operators[nameOf(op.Name)] = op.Name
		}
	}
	return c
}

func byKind(m Mark) map[kind]map[name]says {
	all := map[kind]map[name]says{}
	for _, f := range m.facts {
		if all[f.kind] == nil {
			all[f.kind] = map[name]says{}
		}
		all[f.kind][f.of] = f.says
	}
	return all
}

// found makes a finding of each name.
func (c *comparison) found(names []name, class Class, what string) []Finding {
	var all []Finding
	for _, n := range names {
		topic := c.topics[n]
		if topic == "" {
			what = "a topic that this file does not name " + what
		}
		all = append(all, Finding{class, topic, what})
	}
	slices.SortFunc(all, func(a, b Finding) int { return cmp.Compare(a.Topic, b.Topic) })
	return all
}

// only are the names that stand in a and not in b.
func only(a, b map[name]says) (names []name) {
	for n := range a {
		if _, both := b[n]; !both {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b name) int { return bytes.Compare(a[:], b[:]) })
	return names
}

// differing are the names that stand in both and of which other things are said.
func differing(a, b map[name]says) (names []name) {
	for n, text := range a {
		if other, both := b[n]; both && other != text {
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b name) int { return bytes.Compare(a[:], b[:]) })
	return names
}

// readAdded: the start of a topic that the group has never read can be committed only while the group is empty.
func readAdded(c *comparison) []Finding {
	return c.found(only(c.to[reads], c.from[reads]), Drain, "is read too; its start is committed while the group is empty")
}

// readRemoved: what has not been read by then is never read.
func readRemoved(c *comparison) []Finding {
	return c.found(only(c.from[reads], c.to[reads]), Drain, "is no longer read; what is not read by then never is")
}

// schemaChanged: the declared schema is taken for the writer's, so that records which were written before would be misread.
// A topic that was read without a schema, or is from now on, is not.
func schemaChanged(c *comparison) []Finding {
	return c.found(differing(c.from[schema], c.to[schema]), Drain, "is read with another schema, which what stands in it was not written with")
}

// writeAdded: events of both revisions stand in order wherever they go.
func writeAdded(c *comparison) []Finding {
	return c.found(only(c.to[writes], c.from[writes]), Rolling, "is written too")
}

// writeRemoved: nothing waits in a topic that leaves the pipeline. Those that do not are innerRemoved's.
func writeRemoved(c *comparison) []Finding {
	gone := slices.DeleteFunc(only(c.from[writes], c.to[writes]), func(n name) bool {
		_, within := c.from[inner][n]
		return within
	})
	return c.found(gone, Rolling, "is no longer written")
}

// innerRemoved: another sub-topology has read the topic, and what stands in it has still to come through there.
func innerRemoved(c *comparison) []Finding {
	return c.found(only(c.from[inner], c.to[inner]), Drain, "no longer leads to another sub-topology, which has to read it to its end first")
}

// shardingChanged: equal keys go to other partitions than before. Where the pipeline reads the topic itself, it can read it to
// its end first; who else reads it is not known.
func shardingChanged(c *comparison) []Finding {
	return c.reordered(differing(c.from[writes], c.to[writes]))
}

// shardingMoved is the same where another sub-topology writes the topic now.
func shardingMoved(c *comparison) []Finding {
	moved := slices.DeleteFunc(only(c.from[writes], c.to[writes]), func(n name) bool {
		now, written := c.file[writes][n]
		return !written || now == c.from[writes][n]
	})
	return c.reordered(moved)
}

func (c *comparison) reordered(names []name) []Finding {
	var found []Finding
	for _, n := range names {
		_, was := c.from[inner][n]
		_, is := c.file[inner][n]
		class, rest := Rebuild, "what stands in it and what follows are not in order"
		if was && is {
			class, rest = Drain, "it has to be read to its end first"
		}
		found = append(found, c.found([]name{n}, class, fmt.Sprintf("is sharded in another way: %s", rest))...)
	}
	return found
}

// orderChanged: an operator that holds events has put what it holds in order as it was told before.
func orderChanged(c *comparison) []Finding {
	names := append(differing(c.from[order], c.to[order]), only(c.from[order], c.to[order])...)
	var found []Finding
	for _, n := range append(names, only(c.to[order], c.from[order])...) {
		operator := c.operators[n]
		if operator == "" {
			operator = "an operator that this file does not name"
		}
		found = append(found, Finding{Class: Drain, What: operator + " holds events in another order"})
	}
	return found
}

// notTold: of too many facts it is known only whether all are the same, so the worst is assumed.
func notTold(c *comparison) []Finding {
	if len(only(c.from[many], c.to[many])) == 0 && len(only(c.to[many], c.from[many])) == 0 && len(differing(c.from[many], c.to[many])) == 0 {
		return nil
	}
	return []Finding{{Rebuild, "", "one of many inputs and outputs is another, and which cannot be told from the positions alone"}}
}
