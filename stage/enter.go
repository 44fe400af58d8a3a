package stage

import "fmt"

// Enter carries e as Route does, but from the operator node on: e is the event as it entered that operator. Where a
// sharder lay on the way there, e would stand at the partition that it chose; Enter makes that choice again, by Placer.
// The error says why the choice cannot be made; then nothing became of e.
func (r *Runner[T]) Enter(node int32, index int32, e *Event[T]) error {
	placer, err := r.program.Placer(node)
	if err != nil {
		return err
	}
	r.index, r.keys = index, r.keys[:r.kept]
	way := hop{edge: Edge{Kind: ToNode, To: node}, placer: placer}
	if placer != nowhere {
		start := len(r.keys)
		keys, err := r.program.Nodes[placer].Shard.Key(e, r.keys)
		if err != nil {
			return fmt.Errorf("operator %q, which chooses the partition: %w", r.program.Nodes[placer].Name, err)
		}
		r.keys, way.place = keys, span{start, len(keys)}
	}
	r.pending = append(r.pending[:0], way)
	key := e.Key
	for !r.follow(e, key) {
	}
	e.Key = key
	return nil
}

// Placer is the last sharder that places by Partition on the way to node; -1 where there is none. An error: it depends on
// the way by which an event came.
func (p *Program[T]) Placer(node int32) (int32, error) {
	const unseen, several = -2, -3
	found := make([]int32, len(p.Nodes)) // at the entry of each node
	for i := range found {
		found[i] = unseen
	}
	meet := func(e Edge, placer int32) (changed bool) {
		if e.Kind != ToNode || found[e.To] == placer || found[e.To] == several {
			return false
		}
		if found[e.To] != unseen {
			placer = several
		}
		found[e.To] = placer
		return true
	}
	for _, e := range p.Inputs {
		meet(e, nowhere)
	}
	for again := true; again; {
		again = false
		for i := range p.Nodes {
			placer := found[i]
			if placer == unseen {
				continue
			}
			if s := p.Nodes[i].Shard; s != nil && s.Partition != nil {
				placer = int32(i)
			}
			for _, e := range p.Nodes[i].Ports {
				again = meet(e, placer) || again
			}
		}
	}
	switch found[node] {
	case several:
		return nowhere, fmt.Errorf("operator %q is reached by ways on which different sharders choose the partition", p.Nodes[node].Name)
	case unseen:
		return nowhere, nil
	}
	return found[node], nil
}
