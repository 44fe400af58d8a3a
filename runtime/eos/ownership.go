package eos

import (
	"slices"
	"sync"
)

// ownership is what the group has given this member. The client's group goroutine writes it, the member's reads it.
type ownership struct {
	mu         sync.Mutex
	partitions map[string][]int32
	gained     map[int32]int // task → the count of gains when it came: a task that was lost and came back has another
	gains      int
	turned     bool // something was revoked or lost since the last call of calm
}

// set is the whole of what is owned from now on.
func (o *ownership) set(partitions map[string][]int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.partitions = partitions
	gained := map[int32]int{}
	for _, ps := range partitions {
		for _, task := range ps {
			if _, seen := gained[task]; seen {
				continue
			}
			if at, had := o.gained[task]; had {
				gained[task] = at
				continue
			}
			o.gains++
			gained[task] = o.gains
		}
	}
	o.gained = gained
}

// turn notes that partitions were revoked.
func (o *ownership) turn() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.turned = true
}

// lose notes that the group has thrown this member out.
func (o *ownership) lose() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.turned, o.partitions, o.gained = true, nil, nil
}

// calm tells whether anything was revoked or lost since it was last called.
func (o *ownership) calm() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	turned := o.turned
	o.turned = false
	return !turned
}

// diff tells which tasks went and came against known, which it brings up to date.
func (o *ownership) diff(known map[int32]int) (assigned, revoked []int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for task, at := range known {
		if o.gained[task] != at {
			revoked = append(revoked, task)
			delete(known, task)
		}
	}
	for task, at := range o.gained {
		if known[task] != at {
			assigned = append(assigned, task)
			known[task] = at
		}
	}
	slices.Sort(assigned)
	slices.Sort(revoked)
	return assigned, revoked
}

// while calls f with what is owned, and holds changes back until it returns.
func (o *ownership) while(f func(partitions map[string][]int32)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f(o.partitions)
}

// version changes whenever a task is gained.
func (o *ownership) version() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.gains
}
