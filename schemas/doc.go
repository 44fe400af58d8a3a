// Package schemas is what Anabranch knows of Avro: schema files, the types in them, the framing of a record's value, the
// projection reader that decodes only the fields which expressions read, and the JSON text form.
package schemas
