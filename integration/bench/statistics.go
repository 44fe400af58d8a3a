package main

import (
	"math"
	"slices"
)

// median is the middle of values, or the mean of the two in the middle; NaN of none, or where one is NaN.
func median(values []float64) float64 {
	if len(values) == 0 || slices.ContainsFunc(values, math.IsNaN) {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// ratios divides a by b, round by round: what the machine did meanwhile weighs on both.
func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}

// coverage is how often an interval holds the median, at least.
const coverage = 0.95

// interval gives the bounds between which the median of what values are drawn from lies, with a probability of at least
// coverage: two order statistics, whose coverage the binomial distribution gives exactly, whatever values are
// distributed like. It takes 6 values at least; false: there are too few, or one is NaN.
func interval(values []float64) (low, high float64, ok bool) {
	n := len(values)
	if slices.ContainsFunc(values, math.IsNaN) {
		return 0, 0, false
	}
	rank, outside := 0, 0.0
	for probability := math.Pow(0.5, float64(n)); rank < n; rank++ { // of exactly rank values below the median
		if outside += 2 * probability; outside > 1-coverage {
			break
		}
		probability *= float64(n-rank) / float64(rank+1)
	}
	if rank == 0 {
		return 0, 0, false
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[rank-1], sorted[n-rank], true
}

// quantile is the smallest of sorted values that a share q of them does not exceed; NaN of none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
