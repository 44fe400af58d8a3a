package topology

import (
	"errors"
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/copier"
	"github.com/anabranch-go/anabranch/stage/filter"
	"github.com/anabranch-go/anabranch/stage/merger"
	"github.com/anabranch-go/anabranch/stage/sharder"
	"github.com/anabranch-go/anabranch/stage/splitter"
	"github.com/anabranch-go/anabranch/topology/expression"
)

type (
	row     = stage.Row
	program = stage.Program[row]
	router  = stage.Router[row]
)

// build makes the program of a piece: a node for each operator, in their order.
func build(p *pieceOf, at layout, partitioner func([]byte, int32) int32) (*program, error) {
	made := &program{Sinks: len(p.sinks)}
	nodes, sinks := map[string]int{}, map[string]int{}
	for i, op := range p.operators {
		for _, name := range op.from {
			nodes[name.text] = i
		}
	}
	for i, l := range p.sinks {
		sinks[l.name.text] = i
	}
	for _, l := range p.inputs {
		made.Inputs = append(made.Inputs, stage.Edge{Kind: stage.ToNode, To: int32(nodes[l.name.text])})
	}
	for _, op := range p.operators {
		node, err := nodeOf(op, at, partitioner)
		if err != nil {
			return nil, fmt.Errorf("operator %s: %w", op.name.text, err)
		}
		for _, port := range op.to {
			node.Ports = append(node.Ports, edge(port, nodes, sinks))
		}
		made.Nodes = append(made.Nodes, node)
	}
	return made, nil
}

// edge is where a port leads: a stream with a topic leaves the program, whoever reads it.
func edge(p portSpec, nodes, sinks map[string]int) stage.Edge {
	switch p.to.text {
	case wordDrop:
		return stage.Edge{Kind: stage.Drop}
	case wordDeadLetter:
		return stage.Edge{Kind: stage.DeadLetter}
	}
	if sink, ok := sinks[p.to.text]; ok {
		return stage.Edge{Kind: stage.ToSink, To: int32(sink)}
	}
	return stage.Edge{Kind: stage.ToNode, To: int32(nodes[p.to.text])}
}

func nodeOf(op *operatorSpec, at layout, partitioner func([]byte, int32) int32) (stage.Node[row], error) {
	node := stage.Node[row]{Name: op.name.text}
	var err error
	switch op.typ {
	case "copier":
		node.Router, err = copier.Of[row](len(op.to))
	case "filter":
		node.Router = filter.Try(op.where.expr.Bool(at))
	case "splitter":
		node.Router, err = split(op, at)
	case "sharder":
		node.Shard, err = shard(op, at, partitioner)
	case "merger":
		node.Router = merger.Of[row]()
	}
	return node, err
}

func split(op *operatorSpec, at layout) (router, error) {
	switch {
	case op.match.given():
		cases := make(map[string]int, len(op.cases))
		for i, c := range op.cases {
			cases[c.text] = op.casePorts[i]
		}
		return splitter.Match(textOrNull(op, at), cases, op.otherwise)
	case op.shares != nil:
		shares := make([]splitter.Share, len(op.shares))
		for i, buckets := range op.shares {
			shares[i] = splitter.Share{Buckets: buckets, Port: i}
		}
		return splitter.Percent(op.by.expr.AppendKey(at), op.salt, shares)
	}
	conditions := make([]splitter.Condition[row], len(op.when))
	for i, w := range op.when {
		conditions[i] = splitter.Condition[row]{If: w.expr.Bool(at), Port: op.whenPorts[i]}
	}
	return splitter.When(conditions, op.otherwise)
}

// textOrNull gives what an event is matched by. Null is a case of its own of an enum; of a string it is one of the other values,
// which no case can name: it is no text.
func textOrNull(op *operatorSpec, at layout) func(*stage.Event[row]) (string, error) {
	text, null := op.match.expr.Text(at), ""
	switch typ := op.match.expr.Type(); {
	case !typ.Nullable || typ.Name == "union":
		return text
	case len(matchable(typ)) > len(typ.Symbols):
		null = caseNull
	case op.otherwise < 0:
		return text
	default:
		null = "\xff"
	}
	return func(e *stage.Event[row]) (string, error) {
		s, err := text(e)
		if err != nil && errors.Is(err, expression.ErrNull) {
			return null, nil
		}
		return s, err
	}
}

func shard(op *operatorSpec, at layout, partitioner func([]byte, int32) int32) (*stage.Shard[row], error) {
	key := sharder.Key[row](op.by.expr.AppendKey(at))
	var made *stage.Shard[row]
	var err error
	switch {
	case op.several:
		names := make([]string, len(op.to))
		for i, p := range op.to {
			names[i] = p.to.text
		}
		made, err = sharder.Over(key, names...)
	case op.hash == "rendezvous":
		made = sharder.Keyed(key, sharder.Rendezvous)
	default:
		if partitioner == nil {
			partitioner = noPartitioner
		}
		made = sharder.Keyed(key, partitioner)
	}
	if made != nil {
		made.Rekey = op.rekey
	}
	return made, err
}

// noPartitioner stands in where a pipeline is read only to be looked at.
func noPartitioner([]byte, int32) int32 {
	panic("topology: a sharder by murmur2 was run, and Options.Partitioner is nil")
}
