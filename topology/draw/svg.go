package draw

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"

	"github.com/anabranch-go/anabranch/topology"
)

// SVG draws p as a picture of its own, readable on light and on dark.
func SVG(p *topology.Pipeline) string {
	s := lay(p)
	captions := notes(p)
	height := s.height + float64(len(captions))*noteHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s">`+"\n",
		number(s.width), number(height), number(s.width), number(height), escape("pipeline "+p.Name))
	fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s</style>\n", escape("pipeline "+p.Name), style())
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0.5 0.5 L7.5 4 L0.5 7.5 z"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect class="paper" width="%s" height="%s"/>`+"\n", number(s.width), number(height))
	for _, f := range s.frames {
		fmt.Fprintf(&b, `<rect class="frame" x="%s" y="%s" width="%s" height="%s" rx="14"/>`+"\n", number(f.left), number(f.top), number(f.width), number(f.height))
		fmt.Fprintf(&b, `<text class="sub" x="%s" y="%s">%s</text>`+"\n", number(f.left+framePad), number(f.top+22), escape(f.name))
	}
	for _, c := range s.curves {
		drawCurve(&b, c)
	}
	for _, c := range s.curves {
		drawLabel(&b, c)
	}
	for _, t := range s.topics {
		drawThing(&b, t)
	}
	for _, f := range s.frames {
		for _, t := range f.things {
			drawThing(&b, t)
		}
	}
	for i, text := range captions {
		fmt.Fprintf(&b, `<text class="note" x="%s" y="%s">%s</text>`+"\n", number(margin), number(s.height+6+float64(i)*noteHeight), escape(text))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// noteHeight is the height of a line under the picture.
const noteHeight = 18.0

// drawCurve draws a way that is level at each of its points, and its label over and under the level end before one of them.
func drawCurve(b *strings.Builder, c curve) {
	fmt.Fprintf(b, `<path class="wire" d="M%s %s`, number(c.points[0][0]), number(c.points[0][1]))
	for i, to := range c.points[1:] {
		from := c.points[i]
		end := to[0]
		if i+1 == c.at {
			end = max(to[0]-c.label.width(), from[0]+24)
		}
		if from[1] == to[1] {
			fmt.Fprintf(b, " H%s", number(to[0]))
			continue
		}
		half := (end - from[0]) / 2
		fmt.Fprintf(b, " C%s %s %s %s %s %s", number(from[0]+half), number(from[1]), number(end-half), number(to[1]), number(end), number(to[1]))
		if end != to[0] {
			fmt.Fprintf(b, " H%s", number(to[0]))
		}
	}
	if c.arrow {
		b.WriteString(`" marker-end="url(#tip)`)
	}
	b.WriteString("\"/>\n")
}

// drawLabel writes the texts of an edge. They come after all wires, so that none runs through them.
func drawLabel(b *strings.Builder, c curve) {
	to := c.points[c.at]
	write := func(class, text string, y float64) {
		if text != "" {
			fmt.Fprintf(b, `<text class="%s" x="%s" y="%s" text-anchor="end">%s</text>`+"\n", class, number(to[0]-labelEnd), number(y), escape(text))
		}
	}
	write("label", c.label.above, to[1]-5)
	write("label order", c.label.below, to[1]+12)
}

// labelEnd is the room between a label and the point that it stands before: that of the arrow.
const labelEnd = 10.0

func drawThing(b *strings.Builder, t thing) {
	round := 8.0
	if !strings.HasPrefix(t.class, "operator") {
		round = t.height / 2
	}
	top := t.y - t.height/2
	fmt.Fprintf(b, `<g class="%s"><rect x="%s" y="%s" width="%s" height="%s" rx="%s"/>`,
		escape(t.class), number(t.x), number(top), number(t.width), number(t.height), number(round))
	switch {
	case t.class == "word":
		fmt.Fprintf(b, `<text x="%s" y="%s" text-anchor="middle">%s</text>`, number(t.x+t.width/2), number(t.y+4), escape(t.title))
	case t.kind == "":
		middle := number(t.x + t.width/2)
		fmt.Fprintf(b, `<text class="title" x="%s" y="%s" text-anchor="middle">%s</text>`, middle, number(t.y-10), escape(t.title))
		fmt.Fprintf(b, `<text class="detail" x="%s" y="%s" text-anchor="middle">%s</text>`, middle, number(t.y+6), escape(t.lines[0]))
		fmt.Fprintf(b, `<text class="order" x="%s" y="%s" text-anchor="middle">%s</text>`, middle, number(t.y+21), escape(t.lines[1]))
	default:
		drawOperator(b, t)
	}
	b.WriteString("</g>\n")
}

// drawOperator writes name, type and expressions beside a bar of the type's colour.
func drawOperator(b *strings.Builder, t thing) {
	text := 36 + float64(len(t.lines))*lineHeight
	y := t.y - text/2 + 12
	fmt.Fprintf(b, `<rect class="bar" x="%s" y="%s" width="3" height="%s" rx="1.5"/>`, number(t.x+8), number(t.y-text/2), number(text))
	fmt.Fprintf(b, `<text class="title" x="%s" y="%s">%s</text>`, number(t.x+20), number(y), escape(t.title))
	drawIcon(b, t.kind, t.x+t.width-12-iconSize, y-iconSize+3)
	y += lineHeight
	fmt.Fprintf(b, `<text class="kind" x="%s" y="%s">%s</text>`, number(t.x+20), number(y), escape(t.kind))
	for _, line := range t.lines {
		y += lineHeight
		fmt.Fprintf(b, `<text class="detail" x="%s" y="%s">%s</text>`, number(t.x+20), number(y), escape(line))
	}
}

// number writes a length with one decimal at most, so that pictures are the same on every machine.
func number(x float64) string {
	text := fmt.Sprintf("%.1f", math.Round(x*10)/10)
	text = strings.TrimSuffix(text, ".0")
	if text == "-0" {
		return "0"
	}
	return text
}

func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return ""
	}
	return b.String()
}
