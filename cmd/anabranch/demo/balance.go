package demo

import "github.com/anabranch-go/anabranch/runtime"

// sum adds up the reports of two workers of one pipeline, but for their estimates of skew, which do not add up.
func sum(a, b runtime.Report) runtime.Report {
	if len(a.Subs) == 0 {
		a.Pipeline, a.Subs = b.Pipeline, b.Subs
		for i := range a.Subs {
			a.Subs[i].Skews = nil
		}
		a.Elapsed = b.Elapsed
		return a
	}
	a.Elapsed += b.Elapsed
	for i := range a.Subs {
		x, y := &a.Subs[i], &b.Subs[i]
		x.Records += y.Records
		x.Bytes += y.Bytes
		x.DeadLetters += y.DeadLetters
		x.Commits += y.Commits
		x.Aborts += y.Aborts
		for j := range x.Operators {
			addOperator(&x.Operators[j], &y.Operators[j])
		}
	}
	return a
}

func addOperator(x, y *runtime.OperatorReport) {
	x.In += y.In
	x.Passed += y.Passed
	x.Dropped += y.Dropped
	x.Dead += y.Dead
	for i := range x.Ports {
		x.Ports[i].Emitted += y.Ports[i].Emitted
	}
}
