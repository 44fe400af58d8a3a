package stage_test

import (
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"pgregory.net/rapid"
)

func TestTheLastHeaderCounts(t *testing.T) {
	m := stage.Meta{Headers: []stage.Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "null"}}}
	if v, ok := m.Header("a"); string(v) != "2" || !ok {
		t.Errorf("got %q %v, want the last value", v, ok)
	}
	if v, ok := m.Header("null"); v != nil || !ok {
		t.Errorf("got %q %v, want a header without a value", v, ok)
	}
	if _, ok := m.Header("b"); ok {
		t.Error("found a header that is not there")
	}
}

func TestOriginString(t *testing.T) {
	equal(t, "origin", stage.Origin{Topic: "signups", Partition: 3, Offset: 1 << 40}.String(), "signups:3:1099511627776")
}

func TestPortsAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := map[int]bool{}
		var ports stage.Ports
		for _, n := range rapid.SliceOf(rapid.IntRange(0, stage.MaxPorts-1)).Draw(t, "ports") {
			set[n] = true
			ports |= stage.Port(n)
		}
		for n := range stage.MaxPorts {
			if ports.Has(n) != set[n] {
				t.Fatalf("port %d in %b: %v", n, ports, ports.Has(n))
			}
		}
		n := rapid.IntRange(0, stage.MaxPorts+1).Draw(t, "n")
		if first := stage.FirstPorts(n); ports.Len() != len(set) || first.Len() != min(n, stage.MaxPorts) || first&(first+1) != 0 {
			t.Fatalf("%b has %d ports, the first %d are %b", ports, ports.Len(), n, first)
		}
	})
}
