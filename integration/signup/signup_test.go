package signup_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/integration/signup"
)

func schema(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../schemas/signup.avsc")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func generator(t *testing.T) *signup.Generator {
	t.Helper()
	g, err := signup.NewGenerator(schema(t), 1000, time.UnixMilli(1_800_000_000_000))
	if err != nil {
		t.Fatal(err)
	}
	g.PoisonEvery = 50
	return g
}

func TestEventsAreTheSameEachTime(t *testing.T) {
	a, b := generator(t), generator(t)
	for _, n := range []int{0, 1, 49, 999_999} {
		x, err := a.Record(n, "t")
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Record(n, "t")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x.Key, y.Key) || !bytes.Equal(x.Value, y.Value) || !x.Timestamp.Equal(y.Timestamp) {
			t.Errorf("event %d differs", n)
		}
	}
}

// TestFates holds that all fates are common, and that what the generator spoils is what the oracle cannot read.
func TestFates(t *testing.T) {
	const events = 10_000
	g := generator(t)
	oracle, err := signup.NewOracle(schema(t))
	if err != nil {
		t.Fatal(err)
	}
	fates, users, size := map[signup.Fate]int{}, map[string]bool{}, 0
	for n := range events {
		r, err := g.Record(n, "t")
		if err != nil {
			t.Fatal(err)
		}
		fate := oracle.Fate(r.Value)
		if spoilt := n%50 == 49; spoilt != (fate == signup.Dead) {
			t.Fatalf("event %d: spoilt is %v, its fate %v, value %x", n, spoilt, fate, r.Value)
		}
		fates[fate]++
		users[string(r.Key)] = true
		size += len(r.Value)
	}
	if fates[signup.Kept] < events/4 || fates[signup.Dropped] < events/4 || fates[signup.Dead] != events/50 {
		t.Errorf("fates are %v", fates)
	}
	if len(users) < 900 {
		t.Errorf("%d of 1000 users", len(users))
	}
	if mean := size / events; mean < 150 || mean > 250 {
		t.Errorf("a value has %d bytes on average", mean)
	}
}
