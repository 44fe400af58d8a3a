package progress

import "time"

// The steady part of a run lies between these shares of its progress.
const (
	steadyFrom = 0.20
	steadyTo   = 0.92
)

// Rate is how many offsets a second were committed in the steady part of the run; 0 where the samples do not show it.
func (w *Watcher) Rate() float64 {
	total := float64(w.Total())
	from, ok := w.reached(steadyFrom * total)
	to, found := w.reached(steadyTo * total)
	if !ok || !found || !to.After(from) {
		return 0
	}
	return (steadyTo - steadyFrom) * total / to.Sub(from).Seconds()
}

// reached is when the progress passed n, interpolated between the samples around it.
func (w *Watcher) reached(n float64) (time.Time, bool) {
	for i := 1; i < len(w.samples); i++ {
		before, after := w.samples[i-1], w.samples[i]
		low, high := float64(before.Sum()), float64(after.Sum())
		if low < n && high >= n {
			share := (n - low) / (high - low)
			return before.At.Add(time.Duration(share * float64(after.At.Sub(before.At)))), true
		}
	}
	return time.Time{}, false
}

// Standstill is the longest time after from in which an unfinished partition committed nothing, and that partition.
func (w *Watcher) Standstill(from time.Time) (longest time.Duration, partition int32) {
	for p, end := range w.Ends {
		since, position := from, int64(0)
		for _, s := range w.samples {
			at := s.Positions[p]
			if at == position {
				continue
			}
			position = at
			if s.At.Before(from) {
				continue
			}
			if gap := s.At.Sub(since); gap > longest {
				longest, partition = gap, p
			}
			if since = s.At; at >= end {
				break
			}
		}
	}
	return longest, partition
}
