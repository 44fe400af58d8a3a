package ndjson

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Append appends the line of a record, without a line break. Read gives the same value for it, and with Envelope
// the same record; headers of one name are brought together.
func (f *Form) Append(dst []byte, r *kgo.Record) []byte {
	if f.Envelope {
		return f.appendEnvelope(dst, r)
	}
	start := len(dst)
	dst = appendBytes(dst, codec(f.Value), r.Value)
	if members, err := envelope(dst[start:]); members == nil && err == nil {
		return dst
	}
	line := bytes.Clone(dst[start:])
	dst = append(dst[:start], `{"$value":`...)
	dst = append(dst, line...)
	return append(dst, '}')
}

func (f *Form) appendEnvelope(dst []byte, r *kgo.Record) []byte {
	dst = append(dst, `{"$key":`...)
	dst = appendBytes(dst, codec(f.Key), r.Key)
	if !r.Timestamp.IsZero() && r.Timestamp.UnixMilli() >= 0 {
		dst = append(dst, `,"$time":`...)
		dst = appendTime(dst, r.Timestamp)
	}
	if len(r.Headers) > 0 {
		dst = append(dst, `,"$headers":`...)
		dst = appendHeaders(dst, r.Headers)
	}
	dst = append(dst, `,"$value":`...)
	dst = appendBytes(dst, codec(f.Value), r.Value)
	return append(dst, '}')
}

// appendTime appends a time to the millisecond, as RFC 3339 while the year has four digits.
func appendTime(dst []byte, t time.Time) []byte {
	if t = t.UTC(); t.Year() > 9999 {
		return strconv.AppendInt(dst, t.UnixMilli(), 10)
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	return append(dst, '"')
}

// appendBytes appends data in the JSON of c, as $raw where it has none, or whose JSON is that of a tombstone or of raw bytes.
func appendBytes(dst []byte, c Codec, data []byte) []byte {
	if data == nil {
		return append(dst, "null"...)
	}
	if text, err := c.ToJSON(data); err == nil && string(text) != "null" {
		if _, raw, _ := readRaw(text); !raw {
			return append(dst, text...)
		}
	}
	dst = append(dst, `{"$raw":"`...)
	dst = base64.StdEncoding.AppendEncode(dst, data)
	return append(dst, `"}`...)
}

func appendHeaders(dst []byte, headers []kgo.RecordHeader) []byte {
	dst = append(dst, '{')
	first := true
	for i, h := range headers {
		if indexOf(headers[:i], h.Key) >= 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendString(dst, h.Key)
		dst = append(dst, ':')
		if indexOf(headers[i+1:], h.Key) < 0 {
			dst = appendBytes(dst, Text{}, h.Value)
			continue
		}
		open := byte('[')
		for _, same := range headers[i:] {
			if same.Key == h.Key {
				dst = append(dst, open)
				dst = appendBytes(dst, Text{}, same.Value)
				open = ','
			}
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func indexOf(headers []kgo.RecordHeader, key string) int {
	for i := range headers {
		if headers[i].Key == key {
			return i
		}
	}
	return -1
}
