// Package draw makes pictures of a pipeline: Mermaid, Graphviz DOT, SVG and JSON. Each is a pure function of the pipeline, so the
// same file gives the same bytes.
//
// Topics and operators are told apart, and sub-topologies are framed. Above an edge stands what leads along it, below it the order of
// its events as far as it is proved; a topic has type and partitioning. A question mark is for what is claimed and not verified.
package draw

import (
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// detailMax is how many characters of an expression a picture shows.
const detailMax = 36

// details are the expressions of an operator that do not stand on its edges.
func details(op *topology.Operator) []string {
	var lines []string
	for _, e := range op.Expressions {
		text := strings.Join(strings.Fields(e), " ")
		if !onEdge(op, text) {
			lines = append(lines, text)
		}
	}
	return lines
}

func onEdge(op *topology.Operator, text string) bool {
	for _, p := range op.To {
		if strings.Contains(p.Label, text) && len(op.Expressions) > 1 {
			return true
		}
		if p.Label == text {
			return true
		}
	}
	return false
}

// word is how a word of the language is shown.
func word(w string) string { return strings.ReplaceAll(w, "_", " ") }

func shorten(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// topicStreams are the streams that are topics, in the order of the pipeline.
func topicStreams(p *topology.Pipeline) []*topology.Stream {
	var topics []*topology.Stream
	for _, s := range p.Streams {
		if len(s.Topics) > 0 {
			topics = append(topics, s)
		}
	}
	return topics
}
