package runtime

import (
	"slices"
	"time"
)

// wedgedAfter is how long a loop may not move before /livez says so: more than the longest commit and the longest pause.
const wedgedAfter = 90 * time.Second

// subStatus is what the probes say of one sub-topology.
type subStatus struct {
	Sub    string    `json:"sub"`
	State  string    `json:"state"`
	Since  time.Time `json:"since"`
	Tasks  []int32   `json:"tasks"`
	Reason string    `json:"reason,omitempty"`
	// Stalls are the inputs that hold others of an ordered merger back.
	Stalls []stallStatus `json:"stalls,omitempty"`
}

// status is what the probes answer.
type status struct {
	Ok        bool        `json:"ok"`
	Guarantee string      `json:"guarantee,omitempty"` // how far exactly once reaches; once the cluster was reached
	Subs      []subStatus `json:"subs"`
}

// waitedAfter is how long a loop may not move before /readyz says so: its transport waits for brokers in a call that has not
// returned, such as a commit, and cannot say so itself.
const waitedAfter = 5 * time.Second

// live tells whether every loop has moved lately. It asks nobody: a worker without a broker lives.
func (w *Worker) live() (bool, any) {
	return w.status(func(h *health, s *subStatus) bool {
		still := h.still()
		if s.State != running || still < wedgedAfter {
			s.Reason = ""
			return true
		}
		s.Reason = "has not moved for " + still.Round(time.Second).String()
		return false
	})
}

// ready tells whether every loop runs and reaches its brokers. One without tasks stands by and is ready.
func (w *Worker) ready() (bool, any) {
	return w.status(func(h *health, s *subStatus) bool {
		if still := h.still(); s.State == running && s.Reason == "" && still >= waitedAfter {
			s.Reason = "a commit or a write has been waiting for brokers for " + still.Round(time.Second).String()
		}
		return s.State != starting && s.Reason == ""
	})
}

func (w *Worker) status(well func(*health, *subStatus) bool) (bool, any) {
	w.mu.Lock()
	all := status{Ok: true, Guarantee: w.promise}
	w.mu.Unlock()
	for _, l := range w.loops {
		s := l.health.status()
		all.Ok = well(l.health, &s) && all.Ok
		all.Subs = append(all.Subs, s)
	}
	return all.Ok, all
}

func (h *health) status() subStatus {
	h.mu.Lock()
	defer h.mu.Unlock()
	return subStatus{Sub: h.sub, State: h.state, Since: h.since.UTC().Truncate(time.Millisecond), Tasks: append([]int32{}, h.tasks...), Reason: h.reason, Stalls: slices.Clone(h.stalls)}
}
