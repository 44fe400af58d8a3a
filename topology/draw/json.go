package draw

import (
	"encoding/json"

	"github.com/anabranch-go/anabranch/topology"
)

// graph is the JSON form of a pipeline.
type graph struct {
	Name        string         `json:"name"`
	Revision    string         `json:"revision"`
	Streams     []streamJSON   `json:"streams"`
	Operators   []operatorJSON `json:"operators"`
	Subs        []subJSON      `json:"sub_topologies"`
	DeadLetters string         `json:"dead_letters,omitempty"`
}

type streamJSON struct {
	Name       string            `json:"name"`
	Topics     []string          `json:"topics,omitempty"`
	Partitions int32             `json:"partitions,omitempty"`
	Format     string            `json:"format"`
	Schema     string            `json:"schema,omitempty"`
	Writer     string            `json:"writer,omitempty"`
	Reader     string            `json:"reader,omitempty"`
	Contract   topology.Contract `json:"contract"`
}

type operatorJSON struct {
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	From        []string   `json:"from"`
	To          []portJSON `json:"to"`
	Expressions []string   `json:"expressions,omitempty"`
	Line        int        `json:"line"`
}

type portJSON struct {
	Stream string `json:"stream,omitempty"`
	Word   string `json:"word,omitempty"`
	Label  string `json:"label,omitempty"`
}

type subJSON struct {
	Name      string   `json:"name"`
	Group     string   `json:"group"`
	Inputs    []string `json:"inputs"`
	Operators []string `json:"operators"`
	Outputs   []string `json:"outputs"`
}

// JSON gives the graph as data, indented.
func JSON(p *topology.Pipeline) ([]byte, error) {
	g := graph{Name: p.Name, Revision: p.Revision, DeadLetters: p.OnError.DeadLetter}
	for _, s := range p.Streams {
		j := streamJSON{Name: s.Name, Topics: s.Topics, Partitions: s.Partitions, Format: s.Value.Name, Contract: s.Contract}
		j.Contract.Order = append([]topology.Order{}, j.Contract.Order...)
		if s.Value.Schema != nil && s.Value.Schema.Type != nil {
			j.Schema = s.Value.Schema.Type.Name
		}
		if s.Writer != nil {
			j.Writer = s.Writer.Name
		}
		if s.Reader != nil {
			j.Reader = s.Reader.Name
		}
		g.Streams = append(g.Streams, j)
	}
	for _, op := range p.Operators {
		g.Operators = append(g.Operators, operatorOf(op))
	}
	for _, sub := range p.Subs {
		g.Subs = append(g.Subs, subJSON{Name: sub.Name, Group: p.Group(sub), Inputs: streamNames(sub.Inputs),
			Operators: operatorNames(sub.Operators), Outputs: streamNames(sub.Sinks)})
	}
	text, err := json.MarshalIndent(g, "", "  ")
	return append(text, '\n'), err
}

func operatorOf(op *topology.Operator) operatorJSON {
	j := operatorJSON{Name: op.Name, Type: op.Type, From: streamNames(op.From), Expressions: op.Expressions, Line: op.Line}
	for _, port := range op.To {
		p := portJSON{Word: port.Word, Label: port.Label}
		if port.Stream != nil {
			p.Stream = port.Stream.Name
		}
		j.To = append(j.To, p)
	}
	return j
}

func streamNames(streams []*topology.Stream) []string {
	names := make([]string, len(streams))
	for i, s := range streams {
		names[i] = s.Name
	}
	return names
}

func operatorNames(operators []*topology.Operator) []string {
	names := make([]string, len(operators))
	for i, op := range operators {
		names[i] = op.Name
	}
	return names
}
