package stage_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/stage/filter"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Signup is the embedder's own type.
type Signup struct {
	User string `json:"user"`
	Age  int    `json:"age"`
}

// decode is the embedder's own codec. Only what the operators look at must be filled in.
func decode(r *kgo.Record) (stage.Event[Signup], error) {
	e := stage.Event[Signup]{Meta: stage.Meta{Key: r.Key, Time: r.Timestamp}}
	return e, json.Unmarshal(r.Value, &e.Value)
}

// One operator in a consumer of your own: no pipeline file, no runtime, nothing but the operator's folder and this package.
func Example_embedding() {
	client, end := signups(`{"user":"ada","age":36}`, `{"user":"bob","age":15}`, `{"user":"eve"`, `{"user":"cyd","age":18}`)
	defer end()

	adults := filter.Of(func(e *stage.Event[Signup]) bool { return e.Value.Age >= 18 })
	for seen := 0; seen < 4; {
		client.PollFetches(context.Background()).EachRecord(func(r *kgo.Record) {
			seen++
			e, err := decode(r)
			if err != nil {
				fmt.Printf("offset %d: %v\n", r.Offset, err)
				return
			}
			if ports, _ := adults.Route(&e); ports.Has(filter.Pass) {
				fmt.Printf("offset %d: %s is an adult\n", r.Offset, e.Value.User)
			}
		})
	}
	// Output:
	// offset 0: ada is an adult
	// offset 2: unexpected end of JSON input
	// offset 3: cyd is an adult
}

// signups gives a consumer of a topic that holds values, on a broker inside the process.
func signups(values ...string) (client *kgo.Client, end func()) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "signups"))
	if err != nil {
		panic(err)
	}
	client, err = kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic("signups"), kgo.ConsumeTopics("signups"))
	if err != nil {
		panic(err)
	}
	for _, value := range values {
		if err := client.ProduceSync(context.Background(), kgo.StringRecord(value)).FirstErr(); err != nil {
			panic(err)
		}
	}
	return client, func() { client.Close(); cluster.Close() }
}
