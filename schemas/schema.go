package schemas

// Schema is a parsed Avro schema.
type Schema struct {
	Type *Type
	File string // the path it was read from; empty where it was given as text
	Text string // the JSON text
}

// Framing is what stands before the Avro bytes of a value.
type Framing uint8

const (
	// Bare is Avro bytes alone.
	Bare Framing = iota
	// Confluent is a zero byte and a four-byte schema id, big-endian, then Avro bytes.
	Confluent
)
