package draw

import (
	"math"
	"slices"
)

// box is something to be placed: x is its left side, y its middle.
type box struct {
	width, height float64
	x, y          float64
	layer         int
	bend          bool // not a thing, but a place where a long wire passes a layer
}

// wire is a way from one box to another further right.
type wire struct {
	from, to         int
	fromPort, toPort float64 // where it is attached, from the middle of the box downward
	label            float64 // the width of its label, which stands at the end of its first part
	via              []int   // bends
}

// plan is a layered layout: wires go from left to right, by longest path; boxes of one layer are ordered so that few
// wires cross (barycentres), and moved so that wires are straight.
type plan struct {
	boxes  []box
	wires  []wire
	layers [][]int
	// first and last boxes stand in the outermost layers, whatever they are connected to.
	first, last []int
	gapX, gapY  float64

	links   []link  // wires cut at their bends
	touches [][]int // by box: its links
}

// link is a part of a wire between two neighbouring layers.
type link struct {
	from, to         int
	fromPort, toPort float64
	label            float64
}

// sweeps is how often the order is improved; more changes nothing that one sees.
const sweeps = 12

// orderedMax is how many links are put in order; counting the crossings of more would take longer than anybody looks.
const orderedMax = 3000

// arrange places all boxes and gives the size of the whole.
func (p *plan) arrange() (width, height float64) {
	p.layer()
	p.bendLong()
	p.stack()
	p.order()
	p.settle()
	p.columns()
	for i := range p.boxes {
		b := &p.boxes[i]
		width, height = max(width, b.x+b.width), max(height, b.y+b.height/2)
	}
	return width, height
}

// layer gives each box the length of the longest way to it; a box without inputs stands just before what it feeds.
func (p *plan) layer() {
	for range p.boxes {
		for _, w := range p.wires {
			p.boxes[w.to].layer = max(p.boxes[w.to].layer, p.boxes[w.from].layer+1)
		}
	}
	fed := make([]bool, len(p.boxes))
	nearest := make([]int, len(p.boxes))
	for i := range nearest {
		nearest[i] = math.MaxInt
	}
	last := 0
	for _, w := range p.wires {
		fed[w.to] = true
		nearest[w.from] = min(nearest[w.from], p.boxes[w.to].layer)
		last = max(last, p.boxes[w.to].layer)
	}
	for i := range p.boxes {
		if !fed[i] && nearest[i] < math.MaxInt {
			p.boxes[i].layer = nearest[i] - 1
		}
	}
	for _, i := range p.first {
		p.boxes[i].layer = 0
	}
	for _, i := range p.last {
		p.boxes[i].layer = last
	}
}

// bendLong cuts wires that pass layers.
func (p *plan) bendLong() {
	for i := range p.wires {
		w := &p.wires[i]
		at := link{from: w.from, fromPort: w.fromPort, label: w.label}
		for layer := p.boxes[w.from].layer + 1; layer < p.boxes[w.to].layer; layer++ {
			p.boxes = append(p.boxes, box{height: 8, layer: layer, bend: true})
			bend := len(p.boxes) - 1
			w.via = append(w.via, bend)
			at.to = bend
			p.links = append(p.links, at)
			at = link{from: bend}
		}
		at.to, at.toPort = w.to, w.toPort
		p.links = append(p.links, at)
	}
	p.touches = make([][]int, len(p.boxes))
	for i, l := range p.links {
		p.touches[l.from] = append(p.touches[l.from], i)
		p.touches[l.to] = append(p.touches[l.to], i)
	}
}

// stack fills the layers, boxes that hang together beside each other.
func (p *plan) stack() {
	deepest := 0
	for _, b := range p.boxes {
		deepest = max(deepest, b.layer)
	}
	p.layers = make([][]int, deepest+1)
	seen := make([]bool, len(p.boxes))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		p.layers[p.boxes[i].layer] = append(p.layers[p.boxes[i].layer], i)
		for _, at := range p.touches[i] {
			if l := p.links[at]; l.from == i {
				visit(l.to)
			}
		}
	}
	for i := range p.boxes {
		visit(i)
	}
}

// order sorts each layer by the middle of its neighbours, forth and back, and keeps the best.
func (p *plan) order() {
	if len(p.links) > orderedMax {
		return
	}
	best, fewest := p.snapshot(), p.crossings()
	for sweep := range sweeps {
		for step := range p.layers {
			if sweep%2 == 0 {
				p.sortLayer(step, true)
			} else {
				p.sortLayer(len(p.layers)-1-step, false)
			}
		}
		if n := p.crossings(); n < fewest {
			best, fewest = p.snapshot(), n
		}
	}
	p.layers = best
}

func (p *plan) snapshot() [][]int {
	layers := make([][]int, len(p.layers))
	for i, l := range p.layers {
		layers[i] = slices.Clone(l)
	}
	return layers
}

// ranks gives each box its place in its layer, in parts of a box where a wire is attached off the middle.
func (p *plan) ranks() []float64 {
	rank := make([]float64, len(p.boxes))
	for _, layer := range p.layers {
		for i, b := range layer {
			rank[b] = float64(i)
		}
	}
	return rank
}

// offset is a port as a part of its box, so that the ports of one box have an order too.
func (p *plan) offset(box int, port float64) float64 {
	if h := p.boxes[box].height; h > 0 {
		return port / (h + 1)
	}
	return 0
}

func (p *plan) sortLayer(number int, fromLeft bool) {
	rank := p.ranks()
	key := make(map[int]float64, len(p.layers[number]))
	for _, b := range p.layers[number] {
		sum, n := 0.0, 0.0
		for _, at := range p.touches[b] {
			l := p.links[at]
			switch {
			case fromLeft && l.to == b:
				sum, n = sum+rank[l.from]+p.offset(l.from, l.fromPort)-p.offset(b, l.toPort)/8, n+1
			case !fromLeft && l.from == b:
				sum, n = sum+rank[l.to]+p.offset(l.to, l.toPort)-p.offset(b, l.fromPort)/8, n+1
			}
		}
		key[b] = rank[b]
		if n > 0 {
			key[b] = sum / n
		}
	}
	slices.SortStableFunc(p.layers[number], func(a, b int) int {
		switch {
		case key[a] < key[b]:
			return -1
		case key[a] > key[b]:
			return 1
		}
		return 0
	})
}

// crossings counts the wires that cross between neighbouring layers.
func (p *plan) crossings() int {
	rank := p.ranks()
	n := 0
	for i, a := range p.links {
		for _, b := range p.links[i+1:] {
			if p.boxes[a.from].layer != p.boxes[b.from].layer {
				continue
			}
			left := rank[a.from] + p.offset(a.from, a.fromPort) - rank[b.from] - p.offset(b.from, b.fromPort)
			right := rank[a.to] + p.offset(a.to, a.toPort) - rank[b.to] - p.offset(b.to, b.toPort)
			if left*right < 0 {
				n++
			}
		}
	}
	return n
}
