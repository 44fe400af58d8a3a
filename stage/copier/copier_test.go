package copier_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/copier"
	"github.com/anabranch-go/anabranch/stage/stagetest"
)

func Example() {
	outputs := []string{"audit", "candidates"}
	both, err := copier.Of[string](len(outputs))
	if err != nil {
		panic(err)
	}
	ports, _ := both.Route(&stage.Event[string]{Value: "ada signs up"})
	for port, name := range outputs {
		if ports.Has(port) {
			fmt.Println("to", name)
		}
	}
	// Output:
	// to audit
	// to candidates
}

func TestLaws(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64} {
		c, err := copier.Of[int](n)
		if err != nil {
			t.Fatal(err)
		}
		stagetest.Router(t, c, n, func(r *rand.Rand) stage.Event[int] { return stage.Event[int]{Value: r.Int()} }, stagetest.Copies[int])
	}
}

func TestRefuses(t *testing.T) {
	for n, want := range map[int]string{
		0:  "copier to 0 outputs; 1 to 64 are possible",
		65: "copier to 65 outputs; 1 to 64 are possible",
	} {
		if _, err := copier.Of[int](n); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
