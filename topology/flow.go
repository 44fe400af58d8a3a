package topology

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/topology/expression"
)

// flow is what is known of those events of a stream that have one source and have come one way. A merged stream has several,
// since what a merger spoils for the stream as a whole the next topic may put right for each of them.
type flow struct {
	source   *link // from outside
	via      *link // the topic that was read last on the way
	key      given // what the record's key equals
	keyedBy  *operatorSpec
	placing  placing
	byPart   bool    // the fact ByPartition
	byTime   bool    // the fact ByTime
	timeBy   given   // of byTime; no terms: the time of the records
	byKey    []given // the facts ByKey; one without terms holds for every key
	merger   string  // the last that brought it together with others
	lost     []loss
	detached bool // a sharder has chosen the partition, at whichever topic comes next
}

// given is an expression of which something is said.
type given struct {
	terms      []expression.Term
	tuple      bool // its bytes are those of a tuple, though it be of one term
	unverified bool
}

func givenBy(e *expression.Expression) given {
	return given{terms: e.Terms(), tuple: e.Type().Name == "tuple"}
}

// placing is which partition the events of a flow are in.
type placing struct {
	by    given // no terms: unknown
	hash  string
	width width
	// claimed: nothing but the file says so
	claimed bool
}

// width is how many partitions a topic has: so many as are declared, or as many as the topic of a stream, whatever that
// may be on the cluster. It is zero between a sharder and the next topic.
type width struct {
	n  int32
	of *link
}

func (w width) String() string {
	if w.of != nil {
		return "as many as " + w.of.name.text
	}
	return fmt.Sprint(w.n)
}

func (g given) known() bool { return len(g.terms) > 0 }

// set is g where only the values of its terms count, as in an order.
func (g given) set() given { return given{terms: g.terms, unverified: g.unverified} }

// String is the expression; that of a tuple is in brackets.
func (g given) String() string {
	if len(g.terms) == 1 && !g.tuple {
		return g.terms[0].String()
	}
	return "[" + strings.Join(g.texts(), ", ") + "]"
}

// plain is the expression in prose: of a tuple, its terms.
func (g given) plain() string { return among(g.texts()) }

func (g given) texts() []string {
	texts := make([]string, len(g.terms))
	for i, t := range g.terms {
		texts[i] = t.String()
	}
	return texts
}

// readsKey tells whether it means something else once the record's key is replaced.
func (g given) readsKey() bool { return slices.ContainsFunc(g.terms, expression.Term.ReadsKey) }

// and is the tuple of both, each term once, by name.
func (g given) and(other given) given {
	terms := slices.Concat(g.terms, other.terms)
	slices.SortFunc(terms, func(a, b expression.Term) int { return strings.Compare(a.String(), b.String()) })
	terms = slices.CompactFunc(terms, func(a, b expression.Term) bool { return a.String() == b.String() })
	return given{terms: terms, unverified: g.unverified || other.unverified}
}

// follows tells whether the values of from decide those of g, given what the record's key of f equals.
func (f *flow) follows(g, from given) bool {
	known := slices.Clone(from.terms)
	if f.key.known() && allFollow(f.key.terms, known) {
		known = append(known, expression.KeyTerm())
	} else if allFollow([]expression.Term{expression.KeyTerm()}, known) {
		known = append(known, f.key.terms...)
	}
	return allFollow(g.terms, known)
}

func allFollow(terms, known []expression.Term) bool {
	return !slices.ContainsFunc(terms, func(t expression.Term) bool { return !t.FollowsFrom(known) })
}

// theKey is the record's key itself.
func theKey() given { return given{terms: []expression.Term{expression.KeyTerm()}} }

// isKey tells whether g is the record's key and nothing else.
func (g given) isKey() bool { return g.String() == theKey().String() }

// resolve puts what the record's key equals in place of `key`, where it is a term of its own. The bytes of the two are the same.
func (f *flow) resolve(g given) given {
	at := slices.IndexFunc(g.terms, func(t expression.Term) bool { return given{terms: []expression.Term{t}}.isKey() })
	switch {
	case at < 0 || !f.key.known() || g.tuple && f.key.tuple:
		return g
	case g.isKey():
		return given{f.key.terms, f.key.tuple, g.unverified || f.key.unverified}
	}
	return given{slices.Concat(g.terms[:at], f.key.terms, g.terms[at+1:]), g.tuple, g.unverified || f.key.unverified}
}

// recordKey is what the record's key equals as far as that is known, and else the key itself.
func (f *flow) recordKey() given { return f.resolve(theKey()) }

// identity is a text that two flows share where they are known to be alike, partition by partition.
func (f *flow) identity() string {
	parts := []string{f.source.name.text, f.key.String(), f.place(), f.placing.by.String(), f.placing.hash}
	for _, g := range f.byKey {
		parts = append(parts, g.String())
	}
	if f.byPart {
		parts = append(parts, string(ByPartition))
	}
	if f.byTime {
		parts = append(parts, f.time().String())
	}
	return strings.Join(parts, "\x00")
}

// place is a text that two flows share where events of one key are in one partition, whichever of the two they are of; empty
// where that is unknown.
func (f *flow) place() string {
	switch {
	case f.placing.width.n == 1:
		return "1"
	case !f.placing.by.known():
		return ""
	}
	return strings.Join([]string{f.placing.by.String(), f.placing.hash, f.placing.width.String()}, "\x00")
}

// loss is a fact that was true of a flow upstream, and the operator that ended it.
type loss struct {
	fact     Order
	operator string
}

// time is the fact ByTime.
func (f *flow) time() Order {
	if !f.timeBy.known() {
		return Order{Fact: ByTime}
	}
	return Order{Fact: ByTime, By: f.timeBy.texts()}
}

// loseTime ends the fact ByTime, where it is true.
func (f *flow) loseTime(op *operatorSpec) {
	if f.byTime {
		f.lose(f.time(), op)
	}
	f.byTime, f.timeBy = false, given{}
}

func (f *flow) lose(fact Order, op *operatorSpec) {
	f.lost = append(slices.Clone(f.lost), loss{fact, op.name.text})
}
