package main

import (
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/integration/loop"
)

// shards is the number of partitions over which the signup workloads spread their users.
const shards = 8

// signupWork is the pipeline that the project is shown by.
var signupWork = &workload{
	name: "signup", about: "copy all to audit; a filter on three fields, and a sharder over 8 partitions", events: 3_000_000,
	inputs: 1, pipeline: signupFile, byHand: signupByHand, outputs: signupOutputs,
}

// sized is the signup workload with records of so many KiB.
func sized(kib int) *workload {
	w := *signupWork
	w.name, w.about = fmt.Sprintf("%dkib", kib), fmt.Sprintf("signup, with records of %d KiB", kib)
	w.padding = kib<<10 - 200 // what an event has without padding
	w.events = min(3_000_000, 2_000_000/kib)
	return &w
}

func signupByHand(tag string) loop.Work { return loop.Signup(tag+".audit", tag+".by-user", shards) }

var signupOutputs = []output{
	{name: "audit"},
	{
		name: "by-user", partitions: shards, want: eligible,
		place: func(topic string) func(*kgo.Record) int32 {
			hash := kgo.StickyKeyPartitioner(nil).ForTopic(topic)
			return func(r *kgo.Record) int32 { return int32(hash.Partition(r, shards)) }
		},
		lane: func(r *kgo.Record) uint64 { return xxhash.Sum64(r.Key) },
	},
}

// eligible is the condition of the filter once more, on an event that another codec has decoded.
func eligible(fields map[string]any) bool {
	switch fields["country"] {
	case "DE", "FR", "US":
		return fields["marketing_opt_in"] == true && fields["age"].(int32) >= 18
	}
	return false
}

const signupFile = `
apiVersion: anabranch/v1
kind: Pipeline
name: TAG
kafka: {brokers: ["BROKERS"]}
streams:
  events:  {topic: INPUT0, schema: signup.avsc, key: value.user_id, partitions: PARTITIONS}
  audit:   {topic: TAG.audit, partitions: PARTITIONS}
  by_user: {topic: TAG.by-user, partitions: 8}
operators:
  everyone: {type: copier, from: events, to: [audit, candidates]}
  eligible:
    type: filter
    from: candidates
    where: 'value.marketing_opt_in && value.age >= 18 && value.country in ["DE", "FR", "US"]'
    to: adults
  per_user: {type: sharder, from: adults, by: value.user_id, to: by_user}
`
