package signup

import (
	"fmt"

	"github.com/linkedin/goavro/v2"
)

// Fate is what must become of an event at the filter of the signup pipeline.
type Fate uint8

// The three fates.
const (
	Kept Fate = iota
	Dropped
	Dead // unreadable
)

// Oracle tells the fate of events. It decodes whole values with goavro and evaluates the predicate in Go.
type Oracle struct{ codec *goavro.Codec }

// NewOracle makes an Oracle for values in an Avro schema.
func NewOracle(schema string) (*Oracle, error) {
	codec, err := goavro.NewCodec(schema)
	if err != nil {
		return nil, fmt.Errorf("the schema of signup events: %w", err)
	}
	return &Oracle{codec: codec}, nil
}

// Fate tells what must become of an event with this value.
func (o *Oracle) Fate(value []byte) Fate {
	native, rest, err := o.codec.NativeFromBinary(value)
	if err != nil || len(rest) > 0 {
		return Dead
	}
	fields := native.(map[string]any)
	if !fields["marketing_opt_in"].(bool) || fields["age"].(int32) < 18 {
		return Dropped
	}
	switch fields["country"] {
	case "DE", "FR", "US":
		return Kept
	}
	return Dropped
}
