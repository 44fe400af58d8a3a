package splitter_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/splitter"
	"github.com/anabranch-go/anabranch/stage/stagetest"
	"pgregory.net/rapid"
)

type Order struct {
	User   string
	Plan   string
	Amount int
}

var errAmount = errors.New("negative amount")

func plan(e *stage.Event[Order]) (string, error) {
	if e.Value.Amount < 0 {
		return "FREE", errAmount
	}
	return e.Value.Plan, nil
}

func user(e *stage.Event[Order], buf []byte) ([]byte, error) {
	if e.Value.Amount < 0 {
		return buf, errAmount
	}
	return append(buf, e.Value.User...), nil
}

func above(amount int) func(*stage.Event[Order]) (bool, error) {
	return func(e *stage.Event[Order]) (bool, error) {
		if e.Value.Amount < 0 {
			return true, errAmount
		}
		return e.Value.Amount > amount, nil
	}
}

func must[R any](r R, err error) R {
	if err != nil {
		panic(err)
	}
	return r
}

func ExampleMatch() {
	byPlan, err := splitter.Match(func(e *stage.Event[Order]) (string, error) { return e.Value.Plan, nil },
		map[string]int{"FREE": 0, "PRO": 1, "ENTERPRISE": 1}, splitter.Reject)
	if err != nil {
		panic(err)
	}
	for _, plan := range []string{"FREE", "ENTERPRISE", "GOLD"} {
		ports, err := byPlan.Route(&stage.Event[Order]{Value: Order{Plan: plan}})
		fmt.Println(plan, ports.Has(0), ports.Has(1), err)
	}
	// Output:
	// FREE true false <nil>
	// ENTERPRISE false true <nil>
	// GOLD false false no case for "GOLD"; have ENTERPRISE, FREE, PRO, and no otherwise
}

func ExampleWhen() {
	risky, err := splitter.When([]splitter.Condition[Order]{
		{If: func(e *stage.Event[Order]) (bool, error) { return e.Value.Amount > 1000, nil }, Port: 0},
	}, 1)
	if err != nil {
		panic(err)
	}
	for _, amount := range []int{5000, 5} {
		ports, _ := risky.Route(&stage.Event[Order]{Value: Order{Amount: amount}})
		fmt.Println(amount, "to review:", ports.Has(0))
	}
	// Output:
	// 5000 to review: true
	// 5 to review: false
}

func ExamplePercent() {
	trial, err := splitter.Percent(
		func(e *stage.Event[Order], buf []byte) ([]byte, error) { return append(buf, e.Value.User...), nil },
		"checkout-v2", []splitter.Share{{Buckets: 1000, Port: 0}, {Buckets: 9000, Port: 1}})
	if err != nil {
		panic(err)
	}
	variant := 0
	for i := range 10_000 {
		ports, _ := trial.Route(&stage.Event[Order]{Value: Order{User: fmt.Sprint("user-", i)}})
		if ports.Has(0) {
			variant++
		}
	}
	fmt.Println("about a tenth:", variant > 900 && variant < 1100)
	// Output: about a tenth: true
}

func orders(r *rand.Rand) stage.Event[Order] {
	return stage.Event[Order]{Value: Order{
		User: fmt.Sprint("user-", r.IntN(50)), Plan: []string{"FREE", "PRO", "GOLD", ""}[r.IntN(4)], Amount: r.IntN(2000) - 100,
	}}
}

func TestMatchLaws(t *testing.T) {
	cases := map[string]int{"FREE": 3, "PRO": 0}
	for _, otherwise := range []int{splitter.Reject, 1} {
		stagetest.Router(t, must(splitter.Match(plan, cases, otherwise)), 4, orders,
			stagetest.Partitions[Order],
			stagetest.Agrees(func(e *stage.Event[Order]) (stage.Ports, bool) {
				port, ok := cases[e.Value.Plan]
				if !ok && otherwise != splitter.Reject {
					port, ok = otherwise, true
				}
				return stage.Port(max(port, 0)), ok && e.Value.Amount >= 0
			}))
	}
}

func TestWhenLaws(t *testing.T) {
	conditions := []splitter.Condition[Order]{{If: above(1500), Port: 2}, {If: above(1000), Port: 0}, {If: above(500), Port: 2}}
	for _, otherwise := range []int{splitter.Reject, 1} {
		stagetest.Router(t, must(splitter.When(conditions, otherwise)), 3, orders,
			stagetest.Partitions[Order],
			stagetest.Agrees(func(e *stage.Event[Order]) (stage.Ports, bool) {
				switch a := e.Value.Amount; {
				case a < 0:
					return 0, false
				case a > 1500, a > 500 && a <= 1000:
					return stage.Port(2), true
				case a > 1000:
					return stage.Port(0), true
				}
				return stage.Port(1), otherwise != splitter.Reject
			}))
	}
}

// Conditions behind the first true one are not asked, so that one may guard the next.
func TestWhenStopsAtTheFirst(t *testing.T) {
	guarded := must(splitter.When([]splitter.Condition[Order]{
		{If: above(0), Port: 0},
		{If: func(*stage.Event[Order]) (bool, error) { return false, errors.New("asked") }, Port: 1},
	}, 2))
	if _, err := guarded.Route(&stage.Event[Order]{Value: Order{Amount: 1}}); err != nil {
		t.Error(err)
	}
}

func TestPercentLaws(t *testing.T) {
	shares := []splitter.Share{{Buckets: 0, Port: 3}, {Buckets: 2500, Port: 1}, {Buckets: 7500, Port: 0}}
	stagetest.Router(t, must(splitter.Percent(user, "s", shares)), 4, orders,
		stagetest.Partitions[Order],
		stagetest.Follows(func(e *stage.Event[Order]) string { return e.Value.User }),
		stagetest.Agrees(func(e *stage.Event[Order]) (stage.Ports, bool) {
			port := 0
			if splitter.Bucket("s", []byte(e.Value.User)) < 2500 {
				port = 1
			}
			return stage.Port(port), e.Value.Amount >= 0
		}))
}

// Buckets are a promise to experiments that run for months: they never change.
func TestBucketVectors(t *testing.T) {
	for _, c := range []struct {
		salt, key string
		want      int
	}{
		{"", "", 7544}, {"checkout-v2", "alice", 8036}, {"checkout-v2", "bob", 4770}, {"checkout-v3", "alice", 9335},
		{"s", strings.Repeat("long", 100), 8595}, {"a", "bc", 839}, {"ab", "c", 1133},
	} {
		if got := splitter.Bucket(c.salt, []byte(c.key)); got != c.want {
			t.Errorf("bucket of %q with salt %q is %d, want %d", c.key, c.salt, got, c.want)
		}
	}
}

// Widening the first share by taking from the second keeps the first one's users, and moves nobody else.
func TestWideningKeepsUsers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		salt := rapid.String().Draw(t, "salt")
		narrow := rapid.IntRange(0, splitter.Buckets).Draw(t, "narrow")
		wide := rapid.IntRange(narrow, splitter.Buckets).Draw(t, "wide")
		before := must(splitter.Percent(user, salt, []splitter.Share{{narrow, 0}, {splitter.Buckets - narrow, 1}}))
		after := must(splitter.Percent(user, salt, []splitter.Share{{wide, 0}, {splitter.Buckets - wide, 1}}))
		for range 50 {
			e := stage.Event[Order]{Value: Order{User: rapid.String().Draw(t, "user")}}
			was, _ := before.Route(&e)
			is, _ := after.Route(&e)
			bucket := splitter.Bucket(salt, []byte(e.Value.User))
			if moved := was != is; moved != (bucket >= narrow && bucket < wide) {
				t.Fatalf("user %q in bucket %d was at %b and is at %b; the first share grew from %d to %d", e.Value.User, bucket, was, is, narrow, wide)
			}
		}
	})
}

func TestRefuses(t *testing.T) {
	match := func(cases map[string]int, otherwise int) error {
		_, err := splitter.Match(plan, cases, otherwise)
		return err
	}
	when := func(otherwise int, conditions ...splitter.Condition[Order]) error {
		_, err := splitter.When(conditions, otherwise)
		return err
	}
	share := func(shares ...splitter.Share) error {
		_, err := splitter.Percent(user, "", shares)
		return err
	}
	percents := func(percent float64) error {
		_, err := splitter.Percents(percent)
		return err
	}
	_, unmatched := must(splitter.Match(plan, map[string]int{"A": 0}, splitter.Reject)).Route(&stage.Event[Order]{Value: Order{Plan: strings.Repeat("x", 2000)}})
	_, none := must(splitter.When([]splitter.Condition[Order]{{If: above(5)}}, splitter.Reject)).Route(&stage.Event[Order]{})
	for want, err := range map[string]error{
		`a match needs at least one case`:                                                                  match(nil, 0),
		`case "a" leads to port 64; 0 to 63 are possible`:                                                  match(map[string]int{"a": 64}, 0),
		`case "a" leads to port -1; 0 to 63 are possible`:                                                  match(map[string]int{"a": -1}, 0),
		`otherwise leads to port 64; 0 to 63 are possible`:                                                 match(map[string]int{"a": 0}, 64),
		`otherwise leads to port -2; 0 to 63 are possible`:                                                 when(-2, splitter.Condition[Order]{If: above(0)}),
		`a splitter by conditions needs at least one`:                                                      when(0),
		`condition 1 has no function`:                                                                      when(0, splitter.Condition[Order]{}),
		`condition 2 leads to port 64; 0 to 63 are possible`:                                               when(0, splitter.Condition[Order]{If: above(0)}, splitter.Condition[Order]{If: above(0), Port: 64}),
		`a splitter by percent needs at least one share`:                                                   share(),
		`the shares add up to 99.99 percent; they must to 100`:                                             share(splitter.Share{Buckets: 9999}),
		`the shares add up to 100.01 percent; they must to 100`:                                            share(splitter.Share{Buckets: 9999}, splitter.Share{Buckets: 2}),
		`share 2 is -1 percent; 0 to 100 are possible`:                                                     share(splitter.Share{Buckets: 10_000}, splitter.Share{Buckets: -100}),
		`share 1 leads to port 64; 0 to 63 are possible`:                                                   share(splitter.Share{Buckets: 10_000, Port: 64}),
		`a share of 33.333 percent; two decimals are possible`:                                             percents(33.333),
		`a share of -1 percent; 0 to 100 are possible`:                                                     percents(-1),
		`a share of 100.5 percent; 0 to 100 are possible`:                                                  percents(100.5),
		`no case for a value of 2000 bytes, "` + strings.Repeat("x", 100) + `"…; have A, and no otherwise`: unmatched,
		`none of the 1 conditions is true, and no otherwise`:                                               none,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestPercents(t *testing.T) {
	for percent, want := range map[float64]int{0: 0, 0.01: 1, 0.29: 29, 10: 1000, 33.33: 3333, 99.99: 9999, 100: 10_000} {
		if got, err := splitter.Percents(percent); got != want || err != nil {
			t.Errorf("%v percent is %d buckets (%v), want %d", percent, got, err, want)
		}
	}
}
