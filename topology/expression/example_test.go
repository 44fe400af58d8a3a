package expression_test

import (
	"fmt"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology/expression"
)

func Example() {
	schema, err := schemas.Parse([]byte(`{"type": "record", "name": "Signup", "fields": [
		{"name": "age", "type": "int"},
		{"name": "country", "type": ["null", "string"]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	env := expression.Env{Stream: "signups", Value: schema.Type}

	_, problems := expression.Check(`value.aeg >= 18 && value.country == "DE"`, env, expression.Bool)
	for _, p := range problems {
		fmt.Println(p.Offset, p)
	}

	adults, _ := expression.Check(`value.age >= 18 && value.country != null && value.country == "DE"`, env, expression.Bool)
	projection, err := schemas.NewProjection(schema, schemas.Bare, adults.Paths())
	if err != nil {
		fmt.Println(err)
		return
	}
	where := adults.Bool(projection)
	var e stage.Event[stage.Row]
	projection.Read([]byte{66, 2, 4, 'D', 'E'}, &e.Value)
	fmt.Println(where(&e))
	// Output:
	// 6 record Signup has no field aeg; did you mean age?
	// 25 value.country may be null; guard it: value.country != null && value.country == "DE"
	// true <nil>
}
