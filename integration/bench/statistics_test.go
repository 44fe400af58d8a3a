package main

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
	}
	for _, values := range [][]float64{nil, {1, math.NaN(), 3}} {
		if got := median(values); !math.IsNaN(got) {
			t.Errorf("median of %v is %v, want none", values, got)
		}
	}
}

func TestRatiosAreOfOneRound(t *testing.T) {
	if got := ratios([]float64{2, 30}, []float64{1, 10}); !slices.Equal(got, []float64{2, 3}) {
		t.Errorf("ratios are %v, want [2 3]", got)
	}
}

// TestIntervalIsTheOneOfTheTables compares the ranks with the published tables of the sign test.
func TestIntervalIsTheOneOfTheTables(t *testing.T) {
	for n, rank := range map[int]int{1: 0, 5: 0, 6: 1, 8: 1, 9: 2, 11: 2, 12: 3, 15: 4, 20: 6, 25: 8} {
		var values []float64
		for i := range n {
			values = append(values, float64(n-i))
		}
		low, high, ok := interval(values)
		if ok != (rank > 0) {
			t.Errorf("%d values: interval is %v, want rank %d", n, ok, rank)
		}
		if ok && (low != float64(rank) || high != float64(n+1-rank)) {
			t.Errorf("%d values: %v to %v, want ranks %d to %d", n, low, high, rank, n+1-rank)
		}
	}
	if _, _, ok := interval([]float64{1, 2, 3, math.NaN(), 5, 6, 7}); ok {
		t.Error("there is an interval of values of which one is unknown")
	}
}

func TestIntervalHoldsTheMedian(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.1, 10), 6, 40).Draw(t, "values")
		before := slices.Clone(values)
		low, high, ok := interval(values)
		if m := median(values); !ok || low > m || high < m {
			t.Fatalf("%v to %v (%v), the median is %v", low, high, ok, m)
		}
		if !slices.Equal(values, before) {
			t.Fatal("the values were put in another order; they belong to rounds")
		}
	})
}

func TestQuantile(t *testing.T) {
	var sorted []float64
	for i := range 1000 {
		sorted = append(sorted, float64(i+1))
	}
	for q, want := range map[float64]float64{0: 1, 0.5: 500, 0.99: 990, 0.999: 999, 1: 1000} {
		if got := quantile(sorted, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
	if got := quantile([]float64{1, 2, 3, 4, 5, 6, 7}, 0.5); got != 4 {
		t.Errorf("quantile 0.5 of seven values is %v, want 4", got)
	}
	if got := quantile([]float64{7}, 0.999); got != 7 {
		t.Errorf("quantile of one value is %v", got)
	}
	if !math.IsNaN(quantile(nil, 0.5)) {
		t.Error("there is a quantile of nothing")
	}
}
