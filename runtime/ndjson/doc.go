// Package ndjson is how Kafka records are written as lines of JSON, one record a line.
//
// A line is the record's value alone, in the plain JSON form of its schema:
//
//	{"user_id": "u1", "age": 20}
//	null                                  a tombstone
//	{"$raw": "AAEC"}                      bytes that are not a value of the schema, in base64
//
// or an envelope, which carries the rest of the record too:
//
//	{"$key": "u1", "$time": "2026-11-01T08:00:00Z", "$headers": {"source": "web"}, "$value": {"user_id": "u1", "age": 20}}
//
// A line is an envelope if and only if it is a JSON object with a member whose name begins with a dollar sign. No field of an
// Avro record can be called so; a value of a map type with such a key has to be written in an envelope, and Append does.
//
// In an envelope, $value must be there. $key is text, or JSON of the key's schema, or null for no key. $time is RFC 3339 or
// milliseconds since 1970. $headers maps each name to a text, or to a list of texts where a name is repeated. Wherever
// bytes are not text or not of the schema, {"$raw": BASE64} stands for them.
package ndjson
