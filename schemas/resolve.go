package schemas

// Resolution reads values that were written with one schema as values of another. It is read-only and safe for concurrent use.
type Resolution struct {
	writer, reader *Schema
	root           *match
}

// Resolve pairs the schema that values were written with and the one that they are read with. The error is Incompatibilities,
// all of them, where Compatible has any.
func Resolve(writer, reader *Schema) (*Resolution, error) {
	root, m := matchTypes(writer.Type, reader.Type)
	if len(m.wrong) > 0 {
		return nil, m.wrong
	}
	return &Resolution{writer: writer, reader: reader, root: root}, nil
}

// Writer is the schema that values were written with.
func (r *Resolution) Writer() *Schema { return r.writer }

// Reader is the schema that values are read with.
func (r *Resolution) Reader() *Schema { return r.reader }

// Codec is a codec of the reader's schema whose ToJSON takes values as they were written.
func (r *Resolution) Codec() *Codec {
	c := NewCodec(r.reader)
	c.written = r
	return c
}

// SameBytes tells whether every value that the writer wrote is, byte for byte, the same value to one who knows the reader's schema
// alone. It is so where names, docs or defaults differ, where an int has become a long, and where an enum or a union has
// grown at its end.
func (r *Resolution) SameBytes() bool { return r.root.same }

// Append reads value, the Avro bytes of one value as it was written, without framing, and appends its bytes as the reader's
// schema has them: what a Codec, DecodeAny and Elements of that schema understand. Bytes left over are an error, which
// is a FormatError with the writer's fields. The result is at most MaxValueBytes longer than buf.
func (r *Resolution) Append(buf, value []byte) ([]byte, error) {
	if value == nil {
		return buf, ErrTombstone
	}
	in := reader{data: value, made: buf[len(buf):]}
	ok := in.convert(r.root)
	if ok && in.pos != len(value) {
		ok = in.fail(faultTrailing, in.pos, 0)
	}
	if !ok {
		return buf, in.err("")
	}
	return append(buf, in.made...), nil
}
