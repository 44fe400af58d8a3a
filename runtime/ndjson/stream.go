package ndjson

import (
	"errors"
	"fmt"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Of gives the form of a stream's records. In what it reads, schemaID stands before values and keys that are framed for
// a registry. The key of a line that says none is what the stream's `key` is said to equal.
func Of(s *topology.Stream, schemaID int32) (*Form, error) {
	f := &Form{Value: codecOf(s.Value, schemaID), Key: codecOf(s.Key, schemaID)}
	if s.KeyEquals == "" || s.Value.Schema == nil {
		return f, nil
	}
	if s.Key.Schema != nil {
		f.DeriveKey = func([]byte) ([]byte, error) { return nil, errSchemaKey }
		return f, nil
	}
	derive, err := deriveKey(s)
	if err != nil {
		return nil, fmt.Errorf("key of stream %s: %w", s.Name, err)
	}
	f.DeriveKey = derive
	return f, nil
}

var errSchemaKey = errors.New("keys of this stream have a schema of their own; say the key in an envelope, as $key")

// Framed tells whether the values or keys of a stream are framed for a registry, so that feeding it takes a schema id.
func Framed(s *topology.Stream) bool {
	return s.Value.Schema != nil && s.Value.Framing == schemas.Confluent || s.Key.Schema != nil && s.Key.Framing == schemas.Confluent
}

// codecOf gives the codec of a format; nil for string and bytes, which are written as text.
func codecOf(f topology.Format, schemaID int32) Codec {
	if f.Schema == nil {
		return nil
	}
	return &framed{codec: f.Codec(), framing: f.Framing, id: schemaID}
}

// framed is a codec of values with something before their Avro bytes.
type framed struct {
	codec   *schemas.Codec
	framing schemas.Framing
	id      int32
}

func (f *framed) FromJSON(text []byte) ([]byte, error) {
	body, err := f.codec.FromJSON(text)
	if err != nil || f.framing == schemas.Bare {
		return body, err
	}
	return append(f.framing.Append(nil, f.id), body...), nil
}

func (f *framed) ToJSON(data []byte) ([]byte, error) {
	body, _, err := f.framing.Strip(data)
	if err != nil {
		return nil, err
	}
	return f.codec.ToJSON(body)
}

// deriveKey compiles what the key of s is said to equal.
func deriveKey(s *topology.Stream) (func(value []byte) ([]byte, error), error) {
	env := expression.Env{Stream: s.Name, Value: s.Value.Schema.Type}
	equals, problems := expression.Check(s.KeyEquals, env, expression.Key)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", s.KeyEquals, problems[0])
	}
	projection, err := s.Value.Projection(equals.Paths())
	if err != nil {
		return nil, err
	}
	appendKey := equals.AppendKey(projection)
	event := &stage.Event[stage.Row]{}
	return func(value []byte) ([]byte, error) {
		projection.Read(value, &event.Value)
		return appendKey(event, nil)
	}, nil
}
