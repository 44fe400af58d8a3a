package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/anabranch-go/anabranch/integration/kafka"
	"github.com/anabranch-go/anabranch/integration/progress"
)

// TestChaos feeds a million events through three workers while ten kinds of fault rotate, on one broker. It takes some
// minutes and both cores, so it is a step of its own: .ci/run chaos.
func TestChaos(t *testing.T) {
	if os.Getenv("ANABRANCH_CHAOS") != "1" {
		t.Skip("set ANABRANCH_CHAOS=1 for minutes of faults on a real Kafka")
	}
	if err := kafka.Engine(t.Context()); err != nil && os.Getenv(kafka.RequireVar) != "1" {
		t.Skipf("no Docker engine answers: %v; tests on a real Kafka skipped", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	var table bytes.Buffer
	result, err := Run(ctx, Options{
		Events: 1_000_000, Rate: 10_000, Brokers: 1, Seed: 7, Progress: t.Output(),
		Faults: []string{
			"kill", "stop-session", "two-owners", "rolling-restart", "broker-kill",
			"lose-endtxn", "lose-txnoffsetcommit", "lose-produce", "late-endtxn", "cut",
		},
	})
	if result != nil {
		result.Print(&table)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &table)
	}
	t.Logf("\n%s", &table)
}

func TestEachKindIsDealtOnceARound(t *testing.T) {
	for seed := range uint64(50) {
		d := deck{kinds: kinds(), random: rand.New(rand.NewPCG(seed, 0))}
		seen := map[*kind]int{}
		for rounds := 0; !d.dealt(); rounds++ {
			round := d.deal()
			if len(round) == 0 || len(round) > atOnceMax || rounds > len(d.kinds) {
				t.Fatalf("seed %d: a round of %d", seed, len(round))
			}
			for i, k := range round {
				seen[k]++
				if i > 0 && !together(round[:i], k) {
					t.Errorf("seed %d: %s", seed, names(round))
				}
			}
		}
		for _, k := range d.kinds {
			if seen[k] != 1 {
				t.Errorf("seed %d: %s was dealt %d times", seed, k.name, seen[k])
			}
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Events: 1, Rate: 1, Brokers: 2}, "want 1 or 3"},
		{Options{Events: 1, Rate: 1, Brokers: 1, Faults: []string{"rain"}}, `no fault named "rain"`},
		{Options{Events: 1, Rate: 1, Brokers: 1, Faults: []string{"leader-move"}}, "needs 3 brokers"},
	} {
		if _, err := choose(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.o, err, c.want)
		}
	}
	if all, err := choose(Options{Events: 1, Rate: 1, Brokers: 3}); err != nil || len(all) != len(kinds()) {
		t.Errorf("%d kinds on three brokers, %v; want all", len(all), err)
	}
}

// TestKindThatHitsNothingFails holds that a run without a hit in a transaction is no proof.
func TestKindThatHitsNothingFails(t *testing.T) {
	k := &kind{name: "miss", inflict: kill, stall: time.Second}
	for landed, want := range []string{"never hit", ""} {
		i := &injection{kind: k, count: 1, landed: landed}
		r := &Result{Kinds: []*kind{k}, Injections: []*injection{i}}
		r.judge(&progress.Trace{})
		if err := r.Err(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d landed: %v, want %q", landed, err, want)
		}
	}
}

func TestStandsAreThoseOfTheFaultsBeforeThem(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	first, second := &injection{began: at(1), healed: at(10)}, &injection{began: at(20), healed: at(30)}
	r := &Result{Injections: []*injection{first, second, {began: at(70), healed: at(80)}}, fed: at(50)}
	for _, c := range []struct {
		i            *injection
		moving, want int
	}{{first, 12, 20}, {second, 32, 50}, {second, 55, 55}} {
		if got := r.next(c.i, at(c.moving)); !got.Equal(at(c.want)) {
			t.Errorf("the fault from %v on has stands until %v, want %v", c.i.began.Unix(), got.Unix(), c.want)
		}
	}
}
