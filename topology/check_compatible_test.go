package topology

import (
	"testing"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

// A topic that declares another schema than its writer's is read by that schema, from the writer's bytes.
func TestReadsAsDeclared(t *testing.T) {
	p, err := Load("testdata/right/outputs-of-another-schema.yaml", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	order, err := schemas.Load("testdata/schemas/order.avsc")
	if err != nil {
		t.Fatal(err)
	}
	line := `{"id":"o1","user_id":"u1","amount":2.5,"quantity":3,"plan":"PRO","price":"1.50","at":1,"tags":[]}`
	body, err := schemas.NewCodec(order).FromJSON([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	value := append(schemas.Confluent.Append(nil, 4), body...)
	subs, streams := map[string]*Sub{}, map[string]*Stream{}
	for _, s := range p.Subs {
		subs[s.Name] = s
	}
	for _, s := range p.Streams {
		streams[s.Name] = s
	}
	var row stage.Row
	projection := subs["new"].Projection
	projection.Read(value, &row)
	channel, customer := row.Slots[projection.Slot("channel")].S, row.Slots[projection.Slot("customer")].S
	if row.Err != nil || channel != "web" || customer != "u1" {
		t.Errorf("channel %q, customer %q, %v", channel, customer, row.Err)
	}
	// What is passed on from there keeps the bytes, and the type.
	for _, name := range []string{"new", "many"} {
		got, err := streams[name].Value.Codec().ToJSON(body)
		const want = `{"id":"o1","customer":"u1","amount":2.5,"quantity":3,"plan":"PRO","channel":"web","at":"1970-01-01T00:00:00.001Z"}`
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if streams[name].Value.Resolution == nil || !schemas.Equal(streams[name].Value.Resolution.Writer(), order) {
			t.Errorf("%s: written as %v", name, streams[name].Value.Resolution)
		}
	}
	if mode := streams["loose"].Value.Compatibility; mode != schemas.None {
		t.Errorf("loose is %s", mode)
	}
	if streams["orders"].Value.Resolution != nil || streams["wide"].Value.Resolution == nil || !streams["wide"].Value.Resolution.SameBytes() {
		t.Error("orders is read otherwise, or wide is not")
	}
}
