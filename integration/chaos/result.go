package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/progress"
)

// Result is what a run found.
type Result struct {
	Options      Options
	Kinds        []*kind
	Injections   []*injection
	Events       int
	Audited      int // events that the workers counted
	Reports      []history.Report
	Transactions *history.Transactions
	Took         time.Duration
	Wrong        []error

	fed   time.Time // when the last event was fed; zero: not yet
	lines []line
}

// line is what is told of one kind.
type line struct {
	kind               *kind
	injections, landed int
	stall, alone       time.Duration // the longest; of those that came alone
	recoveries         []time.Duration
}

// judge makes the lines, and holds each kind to what it allows.
func (r *Result) judge(trace *progress.Trace) {
	for _, k := range r.Kinds {
		l := line{kind: k}
		for _, i := range r.Injections {
			if i.kind != k {
				continue
			}
			l.injections += i.count
			l.landed += i.landed
			if k.inflict == nil {
				continue
			}
			moving, _ := trace.Recovered(i.healed)
			stall := trace.Stall(i.began, r.next(i, moving))
			l.stall = max(l.stall, stall)
			if i.alone {
				l.alone = max(l.alone, stall)
			}
			l.recoveries = append(l.recoveries, moving.Sub(i.healed))
		}
		slices.Sort(l.recoveries)
		switch {
		case l.injections == 0:
			r.Wrong = append(r.Wrong, fmt.Errorf("%s was never inflicted", k.name))
		case l.landed == 0 && !k.outside:
			r.Wrong = append(r.Wrong, fmt.Errorf("%s never hit an open transaction, in %d injections", k.name, l.injections))
		case l.alone > k.stall && k.inflict != nil:
			r.Wrong = append(r.Wrong, fmt.Errorf("%s made a partition stand for %v: want %v at most", k.name, l.alone.Round(time.Millisecond), k.stall))
		}
		r.lines = append(r.lines, l)
	}
	if err := trace.Backward(); err != nil {
		r.Wrong = append(r.Wrong, err)
	}
}

// next is when the faults after i began, to which later stands belong. The last ones have theirs until the feed ended; but at
// least until all moved again.
func (r *Result) next(i *injection, moving time.Time) time.Time {
	next := r.fed
	for _, other := range r.Injections {
		if other.began.After(i.healed) && other.began.Before(next) {
			next = other.began
		}
	}
	if next.Before(moving) {
		return moving
	}
	return next
}

// Err is nil where all held.
func (r *Result) Err() error {
	errs := slices.Clone(r.Wrong)
	for i := range r.Reports {
		errs = append(errs, r.Reports[i].Err())
	}
	if r.Transactions != nil {
		errs = append(errs, r.Transactions.Torn...)
	}
	return errors.Join(errs...)
}

// Print writes the table and the verdict.
func (r *Result) Print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "fault\tinjections\tin a transaction\tlongest stall\trecovery p50\tp99\t")
	for _, l := range r.lines {
		landed := fmt.Sprint(l.landed)
		if l.kind.outside {
			landed = "-"
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%s\t\n", l.kind.name, l.injections, landed, seconds(l.stall), quantile(l.recoveries, 50), quantile(l.recoveries, 99))
	}
	_ = t.Flush()
	if r.Transactions == nil {
		return
	}
	fmt.Fprintf(w, "\n%d events in %v on %d brokers, seed %d; %d transactions committed, %d aborted\n", r.Events, r.Took.Round(time.Second), r.Options.Brokers, r.Options.Seed, r.Transactions.Committed, r.Transactions.Aborted)
	wanted, lost, doubled, moved, placed, other := 0, 0, 0, 0, 0, 0
	for _, o := range r.Reports {
		wanted += o.Wanted
		lost += o.Lost
		doubled += o.Duplicated
		moved += o.Reordered
		placed += o.Misplaced + o.Misattributed
		other += o.Changed + o.Unexpected + o.Foreign
	}
	fmt.Fprintf(w, "of %d records: %d lost, %d duplicated, %d reordered, %d torn transactions, %d misplaced, %d other\n", wanted, lost, doubled, moved, len(r.Transactions.Torn), placed, other)
	fmt.Fprintf(w, "the ledger: %d events counted; this process had %d MiB at most\n", r.Audited, memoryMax()>>20)
	if wanted > 0 {
		fmt.Fprintf(w, "none in %d: fewer than %.1e with 95 %% confidence (rule of three)\n", wanted, 3/float64(wanted))
	}
}

// memoryMax is the most memory that this process had, in bytes.
func memoryMax() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss << 10 // told in KiB
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// quantile is the nearest rank in sorted times.
func quantile(sorted []time.Duration, percent int) string {
	if len(sorted) == 0 {
		return "-"
	}
	return seconds(sorted[min(len(sorted)-1, len(sorted)*percent/100)])
}
