package main

import "github.com/anabranch-go/anabranch/integration/loop"

// copyWork moves records from topic to topic.
var copyWork = &workload{
	name: "copy", about: "topic to topic", events: 3_000_000,
	inputs: 1, pipeline: copyFile, byHand: func(tag string) loop.Work { return loop.Copy(tag + ".copy") },
	outputs: []output{{name: "copy"}},
}

const copyFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: TAG
kafka: {brokers: ["BROKERS"]}
streams:
  events: {topic: INPUT0, schema: signup.avsc, partitions: PARTITIONS}
  copy:   {topic: TAG.copy, partitions: PARTITIONS}
operators:
  everything: {type: copier, from: events, to: [copy]}
`
