// Package draw makes pictures of a pipeline: Mermaid, Graphviz DOT, SVG and JSON. Each is a pure function of the pipeline, so the
// same file gives the same bytes.
//
// Topics and operators are told apart, sub-topologies are framed, and what leads along an edge stands on it.
package draw

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// detailMax is how many characters of an expression a picture shows.
const detailMax = 44

// title of a topic's second line: the topics, and how many partitions where the file says so.
func topicLine(s *topology.Stream) string {
	line := strings.Join(s.Topics, ", ")
	if s.Partitions > 0 {
		line += fmt.Sprintf(" × %d", s.Partitions)
	}
	return shorten(line, detailMax)
}

// edgeLabel is what stands on the way to a port: what leads there, and the name of an inner stream, which has no box of its own.
func edgeLabel(p topology.Port) string {
	label := shorten(p.Label, labelMax)
	if p.Stream == nil || len(p.Stream.Topics) > 0 {
		if p.Stream != nil && label == p.Stream.Name {
			return ""
		}
		return label
	}
	if label == "" || label == p.Stream.Name {
		return shorten(p.Stream.Name, labelMax)
	}
	return label + " → " + shorten(p.Stream.Name, labelMax)
}

// labelMax is how many characters of a label, and of an inner stream's name, an edge shows.
const labelMax = 28

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

// deadLetters is the line under a picture; empty where the pipeline has no topic for them.
func deadLetters(p *topology.Pipeline) string {
	if p.OnError.DeadLetter == "" {
		return ""
	}
	return "rejected events → " + p.OnError.DeadLetter
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
