package sim

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var (
	seeds    = flag.Int("seeds", 40, "how many seeds to run")
	first    = flag.Uint64("seed", 1, "the first `seed`")
	parallel = flag.Int("simulations", runtime.GOMAXPROCS(0)+1, "how many run at a time")
	logs     = flag.String("log", "", "write what the workers of a failed seed said to `FILE`.SEED")
	old      = flag.Int("old", 0, "one seed in so many runs on brokers without the second version of transactions; 0: none")
	summary  = flag.String("summary", "", "write what came of it to `FILE`, as JSON")
	stuckMax = flag.Duration("stuck", time.Minute, "how long by the wall clock one seed may take")
)

// landedSeeds is from how many seeds on each kind of fault must have hit an open transaction.
const landedSeeds = 200

// TestExactlyOnceUnderFaults runs seed after seed.
func TestExactlyOnceUnderFaults(t *testing.T) {
	if !tagged {
		again(t)
		return
	}
	scenarios, err := Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		s.OldBrokers = *old
	}
	var (
		tally Tally
		total Result
		mu    sync.Mutex
		next  atomic.Uint64
		wait  sync.WaitGroup
	)
	for range *parallel {
		wait.Go(func() {
			for {
				n := next.Add(1) - 1
				if n >= uint64(*seeds) {
					return
				}
				seed := *first + n
				s := scenarios[seed%uint64(len(scenarios))]
				r, log, err := one(t, s, seed, &tally)
				mu.Lock()
				total.Add(r)
				if err != nil {
					t.Errorf("seed %d, pipeline in %s: %v\nrun it again: go test -tags synctests ./integration/sim -seed %d -seeds 1 -log /tmp/sim", seed, s.Name, err, seed)
					if *logs != "" {
						os.WriteFile(fmt.Sprintf("%s.%d", *logs, seed), []byte(log), 0o644)
					}
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	t.Logf("%s\n%s", &total, &tally)
	if *summary != "" {
		text, err := json.Marshal(Summary{total, tally.Hits()})
		if err == nil {
			err = os.WriteFile(*summary, text, 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if missed := tally.Missed(*old > 0); len(missed) > 0 && *seeds >= landedSeeds {
		t.Errorf("these kinds of fault never hit an open transaction: %v", missed)
	}
}

// one runs one seed in its bubble, watched from outside.
func one(t *testing.T, s *Scenario, seed uint64, tally *Tally) (r Result, log string, err error) {
	var calls Calls
	watchdog := time.AfterFunc(*stuckMax, func() {
		fmt.Fprintf(os.Stderr, "what is not asleep:\n%s\n", awake())
		panic(fmt.Sprintf("seed %d, pipeline in %s, is not done after %s by the wall clock; requests: %s\nrun it again: go test -tags synctests ./integration/sim -seed %d -seeds 1",
			seed, s.Name, *stuckMax, &calls, seed))
	})
	defer watchdog.Stop()
	defer func() {
		if v := recover(); v != nil {
			err = errors.Join(err, fmt.Errorf("%v", v))
		}
	}()
	synctest.Test(t, func(*testing.T) { r, log, err = Run(s, seed, tally, &calls) })
	return r, log, err
}

// again runs this test with the build tag.
func again(t *testing.T) {
	args := []string{"test", "-tags", "synctests", "-count=1", "-run", "^" + t.Name() + "$", ".", "-seeds", fmt.Sprint(*seeds), "-seed", fmt.Sprint(*first)}
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("with the build tag synctests: %v\n%s", err, out)
	}
}

// awake are the stacks of goroutines that hold virtual time still, of those that started these, and
// of no more than stacksMax.
func awake() string {
	all := make([]byte, 64<<20)
	all = all[:runtime.Stack(all, true)]
	var stacks []string
	starters := map[string]bool{}
	each := strings.Split(string(all), "\n\n")
	for _, stack := range each {
		head, _, _ := strings.Cut(stack, "\n")
		if !strings.Contains(head, "synctest bubble") || strings.Contains(head, "(durable)") || len(stacks) >= stacksMax {
			continue
		}
		stacks = append(stacks, stack)
		if _, starter, ok := strings.Cut(stack, " in goroutine "); ok {
			id, _, _ := strings.Cut(starter, "\n")
			starters["goroutine "+id+" "] = true
		}
	}
	for starter := range starters {
		for _, stack := range each {
			if strings.HasPrefix(stack, starter) {
				stacks = append(stacks, stack)
			}
		}
	}
	return strings.Join(stacks, "\n\n")
}

// stacksMax bounds what a watchdog prints.
const stacksMax = 12
