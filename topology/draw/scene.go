package draw

import (
	"github.com/anabranch-go/anabranch/topology"
)

// scene is a pipeline laid out in two steps: the operators of each sub-topology in its frame, then frames and topics.
type scene struct {
	width, height float64
	topics        []thing
	frames        []frame
	curves        []curve
}

// thing is a topic, an operator or a word at its place: left, middle, size.
type thing struct {
	class               string
	x, y, width, height float64
	title, kind         string
	lines               []string
}

// frame is a sub-topology.
type frame struct {
	name                     string
	left, top, width, height float64
	things                   []thing
}

// curve is a way through points, each reached level. Its label stands before the second one, or the third where it comes in by a frame.
type curve struct {
	points [][2]float64
	label  label
	at     int // the point that the label stands before
	arrow  bool
}

// label is what stands on an edge: what leads along it above, and the order of its events below.
type label struct{ above, below string }

// width is the room that a label takes, its distance from the end included; 0 without one.
func (l label) width() float64 {
	widest := max(textWidth(l.above, smallLetter), textWidth(l.below, tinyLetter))
	if widest == 0 {
		return 0
	}
	return widest + 12
}

func textWidth(text string, letter float64) float64 { return float64(len([]rune(text))) * letter }

// Sizes in pixels. Widths of letters are those of common sans-serif fonts, rounded up.
const (
	titleLetter, smallLetter, tinyLetter = 8.0, 6.6, 6.0
	lineHeight                           = 15.0
	portGap, entryGap                    = 22.0, 34.0
	framePad, frameHead                  = 18.0, 26.0
	margin                               = 16.0
)

// inner is the layout of one sub-topology.
type inner struct {
	plan          plan
	sub           *topology.Sub
	things        map[int]thing
	boxOf         map[*topology.Operator]int
	labels        []label // by wire
	width, height float64
	input, output map[*topology.Stream]int // boxes on the border of the frame
}

// layInner places the operators of a sub-topology.
func layInner(sub *topology.Sub) *inner {
	in := &inner{sub: sub, things: map[int]thing{}, boxOf: map[*topology.Operator]int{},
		input: map[*topology.Stream]int{}, output: map[*topology.Stream]int{}}
	in.plan.gapX, in.plan.gapY = 36, 34
	for _, s := range sub.Inputs {
		in.input[s] = in.add(thing{height: 2})
		in.plan.first = append(in.plan.first, in.input[s])
	}
	for _, op := range sub.Operators {
		in.boxOf[op] = in.add(operatorThing(op))
	}
	for _, s := range sub.Sinks {
		in.output[s] = in.add(thing{height: 2})
		in.plan.last = append(in.plan.last, in.output[s])
	}
	for _, op := range sub.Operators {
		for i, s := range op.From {
			if box, ok := in.input[s]; ok {
				in.wire(box, in.boxOf[op], 0, entry(i, len(op.From)), label{})
			}
		}
		for i, port := range op.To {
			in.port(op, i, port)
		}
	}
	in.width, in.height = in.plan.arrange()
	return in
}

func (in *inner) add(t thing) int {
	in.plan.boxes = append(in.plan.boxes, box{width: t.width, height: t.height, bend: t.class == ""})
	n := len(in.plan.boxes) - 1
	if t.class != "" {
		in.things[n] = t
	}
	return n
}

func (in *inner) wire(from, to int, fromPort, toPort float64, text label) {
	in.plan.wires = append(in.plan.wires, wire{from: from, to: to, fromPort: fromPort, toPort: toPort, label: text.width()})
	in.labels = append(in.labels, text)
}

// port draws a way out of an operator: to another, to the border, or to a word beside it.
func (in *inner) port(op *topology.Operator, i int, port topology.Port) {
	from, at := in.boxOf[op], spread(i, len(op.To))
	switch {
	case port.Stream == nil:
		text := word(port.Word)
		w := in.add(thing{class: "word", title: text, width: float64(len(text))*smallLetter + 22, height: 22})
		in.wire(from, w, at, 0, label{above: edgeLabel(port)})
	case len(port.Stream.Topics) > 0:
		in.wire(from, in.output[port.Stream], at, 0, label{above: edgeLabel(port)})
	default:
		reader := port.Stream.Reader
		for j, s := range reader.From {
			if s == port.Stream {
				in.wire(from, in.boxOf[reader], at, entry(j, len(reader.From)), label{edgeLabel(port), orderLabel(port.Stream)})
			}
		}
	}
}

// spread is where the port i of n is attached, from the middle of the box.
func spread(i, n int) float64 { return (float64(i) - float64(n-1)/2) * portGap }

// entry is the same of an input, before which a label has texts above and below.
func entry(i, n int) float64 { return spread(i, n) * entryGap / portGap }

func operatorThing(op *topology.Operator) thing {
	t := thing{class: "operator " + op.Type, title: shorten(op.Name, detailMax), kind: op.Type}
	widest := max(textWidth(t.title, titleLetter)+iconRoom, textWidth(op.Type, smallLetter))
	for _, text := range details(op) {
		for _, line := range wrap(text, detailMax) {
			t.lines = append(t.lines, line)
			widest = max(widest, textWidth(line, smallLetter))
		}
	}
	t.width = widest + 32
	t.height = max(44+float64(len(t.lines))*lineHeight, float64(len(op.To))*portGap+8, float64(len(op.From))*entryGap)
	if len(t.lines) > 0 {
		t.height += 4
	}
	return t
}

func topicThing(s *topology.Stream) thing {
	t := thing{class: "topic", title: shorten(s.Name, detailMax), lines: topicLines(s), height: 62}
	widest := textWidth(t.title, titleLetter)
	for _, line := range t.lines {
		widest = max(widest, textWidth(line, smallLetter))
	}
	t.width = widest + 48
	return t
}

// lay places the whole pipeline.
func lay(p *topology.Pipeline) *scene {
	s := &scene{}
	outer := plan{gapX: 40, gapY: 26}
	var labels []label
	boxOf := map[*topology.Stream]int{}
	for _, stream := range topicStreams(p) {
		t := topicThing(stream)
		boxOf[stream] = len(outer.boxes)
		outer.boxes = append(outer.boxes, box{width: t.width, height: t.height})
		s.topics = append(s.topics, t)
	}
	var inners []*inner
	for _, sub := range p.Subs {
		in := layInner(sub)
		inners = append(inners, in)
		outer.boxes = append(outer.boxes, box{width: in.width + 2*framePad, height: in.height + 2*framePad + frameHead})
		frame := len(outer.boxes) - 1
		for _, stream := range sub.Inputs {
			text := label{below: orderLabel(stream)}
			outer.wires = append(outer.wires, wire{from: boxOf[stream], to: frame, toPort: in.border(in.input[stream]), label: text.width()})
			labels = append(labels, text)
		}
		for _, stream := range sub.Sinks {
			text := label{below: orderLabel(stream)}
			outer.wires = append(outer.wires, wire{from: frame, to: boxOf[stream], fromPort: in.border(in.output[stream]), label: text.width()})
			labels = append(labels, text)
		}
	}
	width, height := outer.arrange()
	s.width, s.height = width+2*margin, height+2*margin
	for i := range s.topics {
		s.topics[i].at(outer.boxes[i], margin, margin)
	}
	for i, in := range inners {
		b := outer.boxes[len(s.topics)+i]
		s.place(in, b.x+margin, b.y-b.height/2+margin, b.width, b.height)
	}
	for i, w := range outer.wires {
		c := outer.curve(i, margin, margin, labels[i])
		c.arrow = w.to < len(s.topics)
		s.curves = append(s.curves, c)
	}
	return s
}

func (t *thing) at(b box, dx, dy float64) { t.x, t.y = b.x+dx, b.y+dy }

// border is how far below the middle of the frame a box of its border lies.
func (in *inner) border(box int) float64 {
	return in.plan.boxes[box].y + framePad + frameHead - (in.height+2*framePad+frameHead)/2
}

// place puts a laid-out sub-topology at its place in the scene.
func (s *scene) place(in *inner, left, top, width, height float64) {
	f := frame{name: in.sub.Name, left: left, top: top, width: width, height: height}
	dx, dy := left+framePad, top+framePad+frameHead
	for n := range in.plan.boxes {
		if t, ok := in.things[n]; ok {
			t.at(in.plan.boxes[n], dx, dy)
			f.things = append(f.things, t)
		}
	}
	for i, w := range in.plan.wires {
		c := in.plan.curve(i, dx, dy, in.labels[i])
		_, c.arrow = in.things[w.to]
		if _, ok := in.things[w.from]; !ok {
			c.points = append([][2]float64{{left, c.points[0][1]}}, c.points...)
			c.at++
		}
		if !c.arrow {
			c.points = append(c.points, [2]float64{left + width, c.points[len(c.points)-1][1]})
		}
		s.curves = append(s.curves, c)
	}
	s.frames = append(s.frames, f)
}

// curve is the way of a wire from the right of one box to the left of another, level through its bends.
func (p *plan) curve(number int, dx, dy float64, text label) curve {
	w := p.wires[number]
	from, to := p.boxes[w.from], p.boxes[w.to]
	c := curve{label: text, at: 1, points: [][2]float64{{from.x + from.width + dx, from.y + w.fromPort + dy}}}
	for _, v := range w.via {
		b := p.boxes[v]
		c.points = append(c.points, [2]float64{b.x + dx, b.y + dy}, [2]float64{b.x + b.width + dx, b.y + dy})
	}
	c.points = append(c.points, [2]float64{to.x + dx, to.y + w.toPort + dy})
	return c
}
