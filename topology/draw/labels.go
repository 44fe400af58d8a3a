package draw

import (
	"fmt"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

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

// edgeLines are the lines of the label of a way to a port.
func edgeLines(p topology.Port) []string {
	var lines []string
	if label := edgeLabel(p); label != "" {
		lines = append(lines, label)
	}
	if p.Stream != nil {
		lines = append(lines, orderLabel(p.Stream))
	}
	return lines
}

// labelMax is how many characters of a label, and of an inner stream's name, an edge shows.
const labelMax = 28

// topicLines are what stands under the name of a topic: the topics with their partitions, the type and what they are partitioned by.
func topicLines(s *topology.Stream) []string {
	line := strings.Join(s.Topics, ", ")
	if n := s.Contract.Partitioning.Partitions; n > 0 {
		line += fmt.Sprintf(" × %d", n)
	}
	kind := s.Value.TypeName()
	if by := s.Contract.Partitioning; by.By != "" {
		kind += " by " + marked(plain(by.By), by.Unverified)
	}
	return []string{shorten(line, detailMax), shorten(kind, detailMax)}
}

// orderLabel is what is proved of the order of a stream, as it stands on an edge.
func orderLabel(s *topology.Stream) string {
	var keys []string
	rest := "no order"
	for _, o := range s.Contract.Order {
		switch o.Fact {
		case topology.ByKey, topology.ByTime:
			keys = append(keys, marked(plain(o.String()), o.Unverified))
		default:
			rest = marked(string(o.Fact), o.Unverified)
		}
	}
	if len(keys) > 0 {
		rest = strings.Join(keys, ", ")
	}
	return shorten(rest, labelMax)
}

// plain is an expression without `value.`, which most of them have.
func plain(expression string) string { return strings.ReplaceAll(expression, "value.", "") }

func marked(text string, unverified bool) string {
	if unverified {
		return text + "?"
	}
	return text
}

// notes are the lines under a picture.
func notes(p *topology.Pipeline) []string {
	var lines []string
	if p.OnError.DeadLetter != "" {
		lines = append(lines, "rejected events → "+p.OnError.DeadLetter)
	}
	for _, s := range p.Streams {
		if strings.Contains(orderLabel(s)+topicLines(s)[1], "?") {
			return append(lines, "? is claimed, not verified")
		}
	}
	return lines
}
