// Package schemas is what Anabranch knows of Avro: schema files, the types in them, the framing of a record's value, the
// projection reader that decodes only the fields which expressions read, and the JSON text form.
//
// Parse gives Types with all names resolved. Four things are built on them: a Projection fills the slots of a stage.Row
// and is what every record goes through; Elements goes through an array or a map that a slot holds; DecodeAny makes Go
// values; a Codec translates to and from natural JSON.
//
// Bytes are never trusted. All readers share one cursor, whose work and memory are bounded by the bytes that are there,
// whatever lengths and counts they claim, by MaxDepth and by MaxEmptyItems. A broken value is a FormatError with the
// field and the byte, never a panic. What is a valid value is the same for all of them: varints of at most 64 bits, ints
// of 32, booleans of 0 or 1, enums and unions in range, strings in UTF-8, block sizes that match.
package schemas
