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
	caption := deadLetters(p)
	height := s.height
	if caption != "" {
		height += 22
	}
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
	for _, t := range s.topics {
		drawThing(&b, t)
	}
	for _, f := range s.frames {
		for _, t := range f.things {
			drawThing(&b, t)
		}
	}
	if caption != "" {
		fmt.Fprintf(&b, `<text class="note" x="%s" y="%s">%s</text>`+"\n", number(margin), number(s.height+8), escape(caption))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawCurve draws a way that is level at each of its points, and its label over the end of the first part.
func drawCurve(b *strings.Builder, c curve) {
	fmt.Fprintf(b, `<path class="wire" d="M%s %s`, number(c.points[0][0]), number(c.points[0][1]))
	room := 0.0
	if c.label != "" {
		room = float64(len([]rune(c.label)))*smallLetter + 8
	}
	labelled := false
	for i, to := range c.points[1:] {
		from := c.points[i]
		if from[1] == to[1] {
			fmt.Fprintf(b, " H%s", number(to[0]))
		} else {
			end := to[0]
			if i == 0 || !labelled {
				end = max(to[0]-room, from[0]+24)
			}
			half := (end - from[0]) / 2
			fmt.Fprintf(b, " C%s %s %s %s %s %s", number(from[0]+half), number(from[1]), number(end-half), number(to[1]), number(end), number(to[1]))
			if end != to[0] {
				fmt.Fprintf(b, " H%s", number(to[0]))
			}
		}
		labelled = true
	}
	if c.arrow {
		b.WriteString(`" marker-end="url(#tip)`)
	}
	b.WriteString("\"/>\n")
	if c.label != "" {
		to := c.points[1]
		fmt.Fprintf(b, `<text class="label" x="%s" y="%s" text-anchor="end">%s</text>`+"\n", number(to[0]-9), number(to[1]-5), escape(c.label))
	}
}

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
		fmt.Fprintf(b, `<text class="title" x="%s" y="%s" text-anchor="middle">%s</text>`, number(t.x+t.width/2), number(t.y-3), escape(t.title))
		fmt.Fprintf(b, `<text class="detail" x="%s" y="%s" text-anchor="middle">%s</text>`, number(t.x+t.width/2), number(t.y+13), escape(t.lines[0]))
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
