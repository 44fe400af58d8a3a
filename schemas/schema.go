package schemas

import (
	"fmt"
	"os"
)

// Schema is a parsed Avro schema.
type Schema struct {
	Type *Type
	File string // the path it was read from; empty where it was given as text
	Text string // the JSON text
}

// Bounds of a schema and of the values it describes.
const (
	// MaxSchemaBytes is how long the text of a schema may be.
	MaxSchemaBytes = 4 << 20
	// MaxDepth is how deeply types may stand in each other in a schema, and values in a record.
	MaxDepth = 256
	// MaxFixedBytes is how large a fixed may be.
	MaxFixedBytes = 64 << 20
)

// Parse reads an Avro schema and resolves its names. A logical type that is unknown, or invalid where it stands, is
// ignored, as the specification says; every other mistake is an error that names the field and what would be right.
func Parse(text []byte) (*Schema, error) {
	t, err := parseType(text)
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return &Schema{Type: t, Text: string(text)}, nil
}

// Load reads the schema file at path and parses it.
func Load(path string) (*Schema, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	defer file.Close()
	text, err := readLimited(file, MaxSchemaBytes)
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", path, err)
	}
	t, err := parseType(text)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", path, err)
	}
	return &Schema{Type: t, File: path, Text: string(text)}, nil
}
