package topology

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/document"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// spec is a pipeline file as it was read: every part with its place, names not yet connected.
type spec struct {
	name      reference
	kafka     Kafka
	streams   []*streamSpec
	operators []*operatorSpec
	onError   onErrorSpec
	tests     []*testSpec
	// blindFrom and blindTo are true where an operator's inputs or outputs could not be read at all, so that a stream without reader
	// or writer may be its.
	blindFrom, blindTo bool
}

// reference is a name or another text, and where it stands.
type reference struct {
	text string
	node *document.Node
}

func (r reference) given() bool { return r.node != nil }

// streamSpec is one entry of `streams`, or a stream that only operators name.
type streamSpec struct {
	name       reference
	declared   bool
	topics     []reference
	topicWrong bool // the file gives it a topic that cannot be
	managed    bool
	partitions int32
	config     map[string]string
	start      *Start
	startAt    *document.Node
	value      valueSpec
	keyFormat  string
	keyEquals  formula
}

// valueSpec is what the file says of a stream's values; all of it may be left out.
type valueSpec struct {
	node    *document.Node
	format  string
	schema  reference
	framing schemas.Framing
	framed  bool // the file names a framing
	guessed bool // the file contradicts itself, and this is what it most likely means
	// compatibility is what the subject demands of the schemas in it.
	compatibility schemas.Mode
	said          *document.Node // the word for it
}

// place is a part of what the file says of values, or all of it where it has no such part.
func (v valueSpec) place(part *document.Node) *document.Node {
	if part == nil {
		return v.node
	}
	return part
}

// operatorSpec is one entry of `operators`.
type operatorSpec struct {
	name reference
	typ  string // empty: unknown or not in this version
	node *document.Node
	from []reference
	to   []portSpec
	// broken operators are not compiled and not checked further; their mistakes are reported already.
	broken   bool
	mentions map[string]bool // of a broken operator: every text in it
	// lostFrom and lostTo are true where the file names a stream to read, or to write, that could not be read.
	lostFrom, lostTo bool

	where     formula     // filter
	match     formula     // splitter
	cases     []reference // splitter: the keys of `cases`, in the order of the file
	casePorts []int       // by case
	when      []formula   // splitter
	whenPorts []int       // by condition
	otherwise int         // splitter: a port; -1: none
	shares    []int       // splitter: by port, in hundredths of a percent
	salt      string      // splitter
	by        formula     // splitter by percent, sharder
	hash      string      // sharder: murmur2 or rendezvous
	rekey     bool        // sharder
	several   bool        // sharder: `to` is a list
	order     *orderSpec  // merger; nil: none
	reorder   bool        // `reorder: accept`
}

// portSpec is a way out of an operator: to a stream, or one of the words drop and dead_letter.
type portSpec struct {
	label string
	to    reference
}

// The words that stand where a stream's name could.
const (
	wordDrop       = "drop"
	wordDeadLetter = "dead_letter"
)

// labelLate is the label of an ordered merger's second port.
const labelLate = "late"

func (p portSpec) isWord() bool { return isWord(p.to.text) }

func isWord(name string) bool { return name == wordDrop || name == wordDeadLetter }

// formula is an expression of the file. Its source may be put together from several scalars.
type formula struct {
	source string
	pieces []piece
	node   *document.Node
	expr   *expression.Expression // once it was checked and found right
}

type piece struct {
	start int // in the source
	node  *document.Node
}

func (f formula) given() bool { return f.node != nil }

// at finds the scalar that holds a byte of the source, and the offset in it.
func (f formula) at(offset int) (*document.Node, int) {
	for i := len(f.pieces) - 1; i >= 0; i-- {
		if p := f.pieces[i]; offset >= p.start {
			return p.node, min(offset-p.start, len(p.node.Value))
		}
	}
	return f.node, 0
}

type onErrorSpec struct {
	OnError
	node       *document.Node
	deadLetter reference
}

// formula reads an expression. Where list is true, a list of expressions is read as a tuple.
func (r *reader) formula(n *document.Node, what string, list bool) formula {
	switch {
	case n == nil:
		return formula{}
	case n.Broken:
		r.mistakes++
		return formula{}
	case n.Kind == document.Scalar:
		return r.noVariables(formula{source: n.Value, pieces: []piece{{0, n}}, node: n})
	case n.Kind != document.List || !list || len(n.Items) == 0:
		r.wrong(n, "A0202", fmt.Sprintf("%s is an expression, got %s", what, describe(n)),
			"put an expression that begins with a bracket in quotes")
		return formula{}
	}
	f := formula{node: n}
	var b strings.Builder
	for i, item := range n.Items {
		if item.Kind != document.Scalar {
			r.wrong(item, "A0202", fmt.Sprintf("%s is a list of expressions, got %s in it", what, describe(item)), "write [value.a, value.b]")
			return formula{}
		}
		b.WriteString([]string{"[", ", "}[min(i, 1)])
		f.pieces = append(f.pieces, piece{b.Len(), item})
		b.WriteString(item.Value)
	}
	b.WriteString("]")
	f.source = b.String()
	return r.noVariables(f)
}

// noVariables refuses ${VAR} in an expression, where it would change its meaning.
func (r *reader) noVariables(f formula) formula {
	for _, p := range f.pieces {
		if at := strings.Index(p.node.Value, "${"); at >= 0 {
			r.report(p.node.ProblemIn(at, 2, "A0903", "variables are not expanded inside expressions", "write the value out"))
			return formula{}
		}
	}
	return f
}
