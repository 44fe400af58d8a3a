package main

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/history"
	"github.com/anabranch-go/anabranch/integration/loop"
)

// mergeInputs is the number of topics that are merged.
const mergeInputs = 3

// mergeWork puts three inputs in the order of their timestamps. The loop only copies them, which is less: an order by hand, with
// positions that are committed rightly, is no longer a loop.
var mergeWork = &workload{
	name: "merge", about: "three inputs to one, in the order of timestamps; the loop copies them, without an order", events: 3_000_000,
	inputs: mergeInputs, inOrder: true, holds: true, pipeline: mergeFile, byHand: func(tag string) loop.Work { return loop.Copy(tag + ".all") },
	outputs: []output{{name: "all", looseLane: source}},
}

// source is the input that an event came from.
func source(r *kgo.Record) uint64 {
	number, _ := history.Number(r)
	return uint64(number % mergeInputs)
}

const mergeFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: TAG
kafka: {brokers: ["BROKERS"]}
streams:
  web:     {topic: INPUT0, schema: signup.avsc, partitions: PARTITIONS}
  mobile:  {topic: INPUT1, schema: signup.avsc, partitions: PARTITIONS}
  partner: {topic: INPUT2, schema: signup.avsc, partitions: PARTITIONS}
  all:     {topic: TAG.all, partitions: PARTITIONS}
operators:
  in_order: {type: merger, from: [web, mobile, partner], order_by: timestamp, wait: strict, late: drop, to: all}
`
