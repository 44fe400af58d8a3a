package filter_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/filter"
	"github.com/anabranch-go/anabranch/stage/stagetest"
)

type Signup struct {
	User string
	Age  int
}

func Example() {
	adults := filter.Of(func(e *stage.Event[Signup]) bool { return e.Value.Age >= 18 })
	for _, signup := range []Signup{{"ada", 36}, {"bob", 15}} {
		ports, _ := adults.Route(&stage.Event[Signup]{Value: signup})
		fmt.Println(signup.User, ports.Has(filter.Pass))
	}
	// Output:
	// ada true
	// bob false
}

func ExampleTry() {
	adults := filter.Try(func(e *stage.Event[Signup]) (bool, error) {
		if e.Value.Age < 0 {
			return false, fmt.Errorf("age %d of %s is negative", e.Value.Age, e.Value.User)
		}
		return e.Value.Age >= 18, nil
	})
	_, err := adults.Route(&stage.Event[Signup]{Value: Signup{"eve", -1}})
	fmt.Println(err)
	// Output: age -1 of eve is negative
}

func ages(r *rand.Rand) stage.Event[Signup] {
	return stage.Event[Signup]{Value: Signup{Age: r.IntN(40) - 5}}
}

func TestLaws(t *testing.T) {
	stagetest.Router(t, filter.Of(func(e *stage.Event[Signup]) bool { return e.Value.Age >= 18 }), 1, ages,
		stagetest.Filters[Signup],
		stagetest.Agrees(func(e *stage.Event[Signup]) (stage.Ports, bool) {
			if e.Value.Age >= 18 {
				return stage.Port(filter.Pass), true
			}
			return 0, true
		}))
}

// An error rejects the event even where the condition says that it should pass.
func TestFallibleLaws(t *testing.T) {
	errAge := errors.New("negative age")
	try := filter.Try(func(e *stage.Event[Signup]) (bool, error) {
		if e.Value.Age < 0 {
			return true, errAge
		}
		return e.Value.Age >= 18, nil
	})
	stagetest.Router(t, try, 1, ages,
		stagetest.Filters[Signup],
		stagetest.Agrees(func(e *stage.Event[Signup]) (stage.Ports, bool) {
			if e.Value.Age >= 18 {
				return stage.Port(filter.Pass), true
			}
			return 0, e.Value.Age >= 0
		}))
	if _, err := try.Route(&stage.Event[Signup]{Value: Signup{Age: -1}}); !errors.Is(err, errAge) {
		t.Errorf("got %v, want the condition's error", err)
	}
}
