package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anabranch-go/anabranch/integration/loop"
)

// The ages of the people who sign up.
const (
	youngest = 14
	ages     = 60
)

// links is the number of filters in the chain, and ways the number of streams of the splitter.
const (
	links = 20
	ways  = 16
)

// chainWork has one filter behind the other. Each excludes another age, and together a third of all people.
var chainWork = &workload{
	name: "chain", about: fmt.Sprintf("%d filters behind each other, fused", links), events: 3_000_000,
	inputs: 1, pipeline: chainFile(), byHand: func(tag string) loop.Work { return loop.Exclude(tag+".rest", excluded()) },
	outputs: []output{{name: "rest", want: func(fields map[string]any) bool {
		return !slices.Contains(excluded(), int(fields["age"].(int32)))
	}}},
}

func excluded() []int {
	var all []int
	for i := range links {
		all = append(all, youngest+i*ages/links)
	}
	return all
}

func chainFile() string {
	var operators strings.Builder
	for i, age := range excluded() {
		from, to := fmt.Sprintf("left_%d", i), fmt.Sprintf("left_%d", i+1)
		if i == 0 {
			from = "events"
		}
		if i == links-1 {
			to = "rest"
		}
		fmt.Fprintf(&operators, "  not_%d: {type: filter, from: %s, where: 'value.age != %d', to: %s}\n", age, from, age, to)
	}
	return agesFile + "  rest: {topic: TAG.rest, partitions: PARTITIONS}\noperators:\n" + operators.String()
}

// splitWork sends people to streams by their age, with a condition for each stream but the last.
var splitWork = &workload{
	name: "split", about: fmt.Sprintf("a splitter by conditions to %d streams", ways), events: 3_000_000,
	inputs: 1, pipeline: splitFile(), outputs: splitOutputs(),
	byHand: func(tag string) loop.Work {
		var to []string
		for i := range ways {
			to = append(to, fmt.Sprintf("%s.s%d", tag, i))
		}
		return loop.Split(to, bounds())
	},
}

// bounds are the ages at which the streams of the splitter end.
func bounds() []int {
	var all []int
	for i := 1; i < ways; i++ {
		all = append(all, youngest+i*ages/ways)
	}
	return all
}

func splitOutputs() []output {
	bounds := append([]int{0}, append(bounds(), youngest+ages)...)
	var all []output
	for i := range ways {
		all = append(all, output{name: fmt.Sprintf("s%d", i), want: func(fields map[string]any) bool {
			age := int(fields["age"].(int32))
			return bounds[i] <= age && age < bounds[i+1]
		}})
	}
	return all
}

func splitFile() string {
	var streams, when strings.Builder
	for i := range ways {
		fmt.Fprintf(&streams, "  s%d: {topic: TAG.s%d, partitions: PARTITIONS}\n", i, i)
	}
	for i, bound := range bounds() {
		fmt.Fprintf(&when, "      - {if: 'value.age < %d', to: s%d}\n", bound, i)
	}
	return agesFile + streams.String() + "operators:\n  by_age:\n    type: splitter\n    from: events\n    when:\n" + when.String() +
		fmt.Sprintf("    otherwise: s%d\n", ways-1)
}

const agesFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: TAG
kafka: {brokers: ["BROKERS"]}
streams:
  events: {topic: INPUT0, schema: signup.avsc, partitions: PARTITIONS}
`
