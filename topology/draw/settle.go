package draw

import "math"

// settle moves the boxes of each layer towards their neighbours, forth and back, without changing their order.
func (p *plan) settle() {
	for _, layer := range p.layers {
		y := 0.0
		for _, b := range layer {
			p.boxes[b].y = y + p.boxes[b].height/2
			y += p.boxes[b].height + p.gapY
		}
	}
	for sweep := range settleSweeps {
		for step := range p.layers {
			number := step
			if sweep%2 == 1 {
				number = len(p.layers) - 1 - step
			}
			p.align(p.layers[number])
		}
	}
	top := math.Inf(1)
	for _, b := range p.boxes {
		top = min(top, b.y-b.height/2)
	}
	for i := range p.boxes {
		p.boxes[i].y -= top
	}
}

// settleSweeps is how often; after as many a long wire lies straight.
const settleSweeps = 40

// bendWeight is how much more than a box a bend wants to lie in line, so that long wires are straight.
const bendWeight = 4

// align places the boxes of one layer as near as possible to where their wires would be level, in their order and with gaps between
// them. Boxes that would overlap form a block, whose boxes share their deviation (pooling of adjacent violators).
func (p *plan) align(layer []int) {
	type block struct{ sum, weight float64 }
	var blocks []block
	var members [][]int
	shift := 0.0
	shifts := make(map[int]float64, len(layer))
	for i, b := range layer {
		if i > 0 {
			before := &p.boxes[layer[i-1]]
			shift += before.height/2 + p.gap(layer[i-1], b) + p.boxes[b].height/2
		}
		shifts[b] = shift
		wish, weight := p.wish(b)
		blocks = append(blocks, block{sum: (wish - shift) * weight, weight: weight})
		members = append(members, []int{b})
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].weight > blocks[n-1].sum/blocks[n-1].weight; n = len(blocks) {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].weight += blocks[n-1].weight
			members[n-2] = append(members[n-2], members[n-1]...)
			blocks, members = blocks[:n-1], members[:n-1]
		}
	}
	for i, m := range members {
		for _, b := range m {
			p.boxes[b].y = blocks[i].sum/blocks[i].weight + shifts[b]
		}
	}
}

// gap is the room between two neighbours of a layer; bends need less, but room for a label.
func (p *plan) gap(a, b int) float64 {
	if p.boxes[a].bend && p.boxes[b].bend {
		return p.gapY * 0.85
	}
	return p.gapY
}

// wish is where a box would have its wires level on average, and how strongly.
func (p *plan) wish(b int) (y, weight float64) {
	sum := 0.0
	pull := func(other int, shift float64) {
		strength := 1.0
		if p.boxes[b].bend && p.boxes[other].bend {
			strength = bendWeight
		}
		sum, weight = sum+strength*(p.boxes[other].y+shift), weight+strength
	}
	for _, at := range p.touches[b] {
		l := p.links[at]
		switch b {
		case l.from:
			pull(l.to, l.toPort-l.fromPort)
		case l.to:
			pull(l.from, l.fromPort-l.toPort)
		}
	}
	if weight == 0 {
		return p.boxes[b].y, 0.1
	}
	return sum / weight, weight
}

// columns gives each layer its x: wide enough for its widest box, and for the labels before it.
func (p *plan) columns() {
	x := 0.0
	for number, layer := range p.layers {
		widest := 0.0
		for _, b := range layer {
			widest = max(widest, p.boxes[b].width)
		}
		for _, b := range layer {
			box := &p.boxes[b]
			box.x = x + (widest-box.width)/2
			if box.bend {
				box.x, box.width = x, widest
			}
		}
		label := 0.0
		for _, l := range p.links {
			if p.boxes[l.from].layer == number {
				label = max(label, l.label)
			}
		}
		x += widest + p.gapX
		if label > 0 {
			x += label
		}
	}
}
