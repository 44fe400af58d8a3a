package topology

import (
	"fmt"

	"github.com/anabranch-go/anabranch/topology/document"
)

// Limits of names and counts.
const (
	// NameBytesMax is how long a pipeline's, stream's and operator's name may be: two of them fit into one topic name.
	NameBytesMax = 100
	// StreamsMax and OperatorsMax are how many a pipeline may have.
	StreamsMax   = 5000
	OperatorsMax = 5000
	// PartitionsMax is how many partitions a topic may be asked to have.
	PartitionsMax = 100_000
)

// read reads a whole file.
func (r *reader) read(root *document.Node) *spec {
	s := &spec{}
	o := r.object(root, &fileGrammar)
	r.wordOf(o, "apiVersion", "apiVersion")
	r.wordOf(o, "kind", "kind")
	r.wordOf(o, "delivery", "delivery")
	if n := o.get("name"); n != nil {
		if name, ok := r.text(n, "name"); ok {
			s.name = reference{name, n}
			r.checkName("pipeline", s.name)
		}
	}
	s.kafka = r.kafka(o.get("kafka"))
	if n := o.get("streams"); n != nil {
		s.streams = r.streams(n)
		s.blindFrom = n.Partial || n.Kind != document.Map
		s.blindTo = s.blindFrom
	}
	if n := o.get("operators"); n != nil && n.Kind == document.Map && len(n.Pairs) > 0 {
		r.operators(s, n)
	} else {
		r.noOperators(s, n)
	}
	s.onError = r.onError(o.get("on_error"))
	s.tests = r.tests(o.get("tests"))
	return s
}

// noOperators keeps the absence of all operators, which is reported, from being told again of each stream.
func (r *reader) noOperators(s *spec, n *document.Node) {
	s.blindFrom, s.blindTo = true, true
	if n != nil {
		r.entries(n, "operators", "operator", OperatorsMax)
	}
}

// entries gives the named entries of `streams` and `operators`.
func (r *reader) entries(n *document.Node, key, kind string, most int) []document.Pair {
	if n.Kind != document.Map {
		r.wrong(n, "A0202", fmt.Sprintf("`%s` is a map from names to %ss, got %s", key, kind, describe(n)), "write `name: {…}` for each")
		return nil
	}
	if len(n.Pairs) == 0 && !n.Partial {
		r.wrong(n, "A0205", fmt.Sprintf("`%s` is empty", key), fmt.Sprintf("name at least one %s", kind))
	}
	if len(n.Pairs) > most {
		r.wrong(n, "A0208", fmt.Sprintf("there are %d %ss", len(n.Pairs), kind), fmt.Sprintf("a pipeline has at most %d", most))
		return n.Pairs[:most]
	}
	return n.Pairs
}

func (r *reader) onError(n *document.Node) onErrorSpec {
	s := onErrorSpec{OnError: OnError{Retry: defaultRetry, Tolerance: -1}}
	if n == nil {
		return s
	}
	s.node = n
	o := r.object(n, &onErrorGrammar)
	if retry := o.get("retry"); retry != nil {
		s.Retry = r.retry(retry)
	}
	if topic := o.get("dead_letter"); topic != nil {
		if name, ok := r.text(topic, "dead_letter"); ok {
			s.deadLetter = reference{name, topic}
			s.DeadLetter = name
			r.checkTopic(s.deadLetter)
		}
	}
	if tolerance := o.get("tolerance"); tolerance != nil {
		s.Tolerance = r.share(tolerance, "tolerance", true, -1)
		if o.values["dead_letter"].Value == nil && !o.suspect {
			r.wrong(o.key("tolerance"), "A0210", "`tolerance` says how many dead letters are too many, and there is no `dead_letter`",
				"add `dead_letter: TOPIC`")
		}
	}
	return s
}
