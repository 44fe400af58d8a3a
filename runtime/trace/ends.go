package trace

import "github.com/anabranch-go/anabranch/runtime/deadletter"

// End is one way in which the event ends: as a record that nothing of the pipeline reads, dropped, or as a dead letter.
type End struct {
	Step    *Step    // the last operator
	Arrival *Arrival // the record; nil where the event is dropped or a dead letter
	Code    deadletter.Code
}

// Ends are all the ways in which the event ends, in order.
func (s *Step) Ends() []End {
	var all []End
	for _, step := range s.All() {
		if step.Rejected != nil {
			all = append(all, End{Step: step, Code: step.Code})
		} else if step.Dropped() {
			all = append(all, End{Step: step})
		}
		for i := range step.Ways {
			if a := step.Ways[i].Arrival; a != nil && a.Next == nil {
				all = append(all, End{Step: step, Arrival: a})
			}
		}
	}
	return all
}
