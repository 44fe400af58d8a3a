package merger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/merger"
	"github.com/anabranch-go/anabranch/stage/stagetest"
)

func Example() {
	union := merger.Of[string]()
	for _, from := range []string{"web", "mobile"} {
		ports, _ := union.Route(&stage.Event[string]{Value: from})
		fmt.Println(from, ports.Has(0))
	}
	// Output:
	// web true
	// mobile true
}

func TestLaws(t *testing.T) {
	stagetest.Router(t, merger.Of[int](), 1, func(r *rand.Rand) stage.Event[int] { return stage.Event[int]{Value: r.Int()} }, stagetest.Passes[int])
}
