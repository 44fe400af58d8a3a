package topology

import (
	"fmt"
	"strings"
)

// checkAskedTopics gives the streams of Options.Topics their topics.
func (r *reader) checkAskedTopics(g *graph) {
	for _, name := range r.options.Topics {
		l := g.byName[name]
		switch {
		case l == nil:
			all := g.names(func(*link) bool { return true })
			r.report(r.file.Problem("A0303", fmt.Sprintf("there is no stream %s", name), suggest(name, all, "streams")))
		case len(l.topics) == 0:
			topic := reference{g.spec.name.text + "." + name, l.name.node}
			if g.spec.name.given() && r.checkTopic(topic) {
				l.topics = []reference{topic}
			}
		}
	}
}

// place is one topic that the file names, and what for.
type place struct {
	topic reference
	of    *link // nil: the dead letters
}

func (p place) String() string {
	if p.of == nil {
		return "the dead letters"
	}
	return "stream " + p.of.name.text
}

// checkTopics: a topic belongs to one stream, and differs from every other in more than . and _.
func (r *reader) checkTopics(g *graph) {
	var places []place
	for _, l := range g.streams {
		for _, t := range l.topics {
			places = append(places, place{t, l})
		}
	}
	if t := g.spec.onError.deadLetter; t.given() {
		places = append(places, place{t, nil})
	}
	exact, alike := map[string]place{}, map[string]place{}
	for _, p := range places {
		name := p.topic.text
		folded := strings.ReplaceAll(name, ".", "_")
		if other, taken := exact[name]; taken {
			r.sameTopic(p, other)
			continue
		}
		exact[name] = p
		if other, taken := alike[folded]; taken {
			r.wrong(p.topic.node, "A0406", fmt.Sprintf("topics %s and %s differ only by . and _", name, other.topic.text), "Kafka refuses the second; give one another name")
			continue
		}
		alike[folded] = p
	}
}

// sameTopic says what it means that a topic is named twice.
func (r *reader) sameTopic(p, other place) {
	name, line := p.topic.text, other.topic.node.Line
	switch {
	case p.of == nil && other.of.onlyDead(p.topic):
		r.wrong(p.topic.node, "A0407", fmt.Sprintf("dead letters would go to topic %s of %s (line %d)", name, other, line), "take the stream away: dead letters need none")
	case p.of == nil:
		r.wrong(p.topic.node, "A0407", fmt.Sprintf("dead letters would go to topic %s of %s (line %d)", name, other, line), "give them a topic of their own")
	case p.of == other.of:
		r.wrong(p.topic.node, "A0403", fmt.Sprintf("topic %s is here twice", name), "name it once")
	case len(p.of.readers)+len(other.of.readers) > 0 && len(p.of.writers)+len(other.of.writers) > 0:
		r.wrong(p.topic.node, "A0408", fmt.Sprintf("topic %s is an input and an output: of %s and of %s (line %d)", name, p, other, line),
			"the pipeline would read what it wrote; write to another topic")
	default:
		r.wrong(p.topic.node, "A0403", fmt.Sprintf("topic %s belongs to %s (line %d) already", name, other, line), "one topic, one stream: read it once and add a copier, or merge before it is written")
	}
}

// checkOutputs: what only an input can have is refused on a stream that the pipeline writes.
func (r *reader) checkOutputs(g *graph) {
	for _, l := range g.streams {
		if len(l.writers) == 0 || len(l.topics) == 0 {
			continue
		}
		if len(l.topics) > 1 {
			r.wrong(l.topics[1].node, "A0409", fmt.Sprintf("stream %s is written, and names %d topics", l.name.text, len(l.topics)), "an output has one topic")
		}
		if l.start != nil {
			r.wrong(l.startAt, "A0410", fmt.Sprintf("`start` says where an input begins, and stream %s is written by %s", l.name.text, l.writers[0].op.name.text), "take it away")
		}
	}
}

// checkForeign warns of what has no effect on a topic that is never created.
func (r *reader) checkForeign(g *graph) {
	for _, l := range g.streams {
		if !l.managed && len(l.config) > 0 && len(l.topics) > 0 {
			p := l.name.node.Problem("A0405", fmt.Sprintf("`config` of stream %s has no effect", l.name.text), "its topic is `managed: false` and never altered; take one of them away")
			p.Warning = true
			r.report(p)
		}
	}
}
