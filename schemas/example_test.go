package schemas_test

import (
	"fmt"
	"log"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
)

const order = `{"type": "record", "name": "Order", "fields": [
	{"name": "id", "type": "string"},
	{"name": "note", "type": ["null", "string"], "default": null},
	{"name": "placed_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
	{"name": "amount", "type": "double"}
]}`

func ExampleProjection() {
	schema, err := schemas.Parse([]byte(order))
	if err != nil {
		log.Fatal(err)
	}
	value, err := schemas.NewCodec(schema).FromJSON([]byte(`{"id": "o-1", "placed_at": "2026-11-01T09:30:00Z", "amount": 12.5}`))
	if err != nil {
		log.Fatal(err)
	}

	projection, err := schemas.NewProjection(schema, schemas.Bare, []string{"placed_at", "id", "note"})
	if err != nil {
		log.Fatal(err)
	}
	var row stage.Row // used again for the next record
	projection.Read(value, &row)
	fmt.Println(row.Slots[projection.Slot("id")].S)
	fmt.Println(row.Slots[projection.Slot("note")].Null)
	fmt.Println(row.Slots[projection.Slot("placed_at")].N, "µs")

	projection.Read(value[:6], &row) // a broken record
	fmt.Println(row.Filled, "of", projection.Len(), "slots:", row.Err)
	// Output:
	// o-1
	// true
	// 1793525400000000 µs
	// 2 of 3 slots: field "placed_at" at byte 5: the value ends after 1 more bytes
}

func ExampleCodec() {
	schema, err := schemas.Parse([]byte(order))
	if err != nil {
		log.Fatal(err)
	}
	codec := schemas.NewCodec(schema)
	value, err := codec.FromJSON([]byte(`{"amount": 12.5, "id": "o-1", "placed_at": 1793525400000}`))
	if err != nil {
		log.Fatal(err)
	}
	line, err := codec.ToJSON(value)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", line)
	_, err = codec.FromJSON([]byte(`{"id": "o-1", "amout": 12.5, "placed_at": 0}`))
	fmt.Println(err)
	_, err = codec.FromJSON([]byte(`{"id": "o-1", "amount": "12.5", "placed_at": 0}`))
	fmt.Println(err)
	// Output:
	// {"id":"o-1","note":null,"placed_at":"2026-11-01T09:30:00Z","amount":12.5}
	// record Order has no field "amout"; did you mean "amount"?
	// field "amount": "12.5" in place of a number
}

func ExampleElements() {
	schema, err := schemas.Parse([]byte(`{"type": "array", "items": "string"}`))
	if err != nil {
		log.Fatal(err)
	}
	value, err := schemas.NewCodec(schema).FromJSON([]byte(`["red", "blue"]`))
	if err != nil {
		log.Fatal(err)
	}
	elements, err := schemas.NewElements(schema.Type)
	if err != nil {
		log.Fatal(err)
	}
	for it := elements.Iterate(string(value)); it.Next(); {
		fmt.Println(it.Slot.S)
	}
	// Output:
	// red
	// blue
}
