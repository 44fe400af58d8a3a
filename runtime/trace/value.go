package trace

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/schemas"
)

// Value writes a value of an expression on one line: JSON where it has a form there, a time as RFC 3339, a duration as 1h30m0s,
// bytes as Bytes does.
func Value(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quoted(v)
	case []byte:
		return Bytes(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case *big.Rat:
		return v.FloatString(decimals(v))
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case schemas.Interval:
		return fmt.Sprintf(`{"months": %d, "days": %d, "millis": %d}`, v.Months, v.Days, v.Millis)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = Value(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quoted(key)+": "+Value(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// Bytes writes bytes as a text in quotes where they are one, else in hexadecimal digits; nil is "none".
func Bytes(b []byte) string {
	if b == nil {
		return "none"
	}
	text := string(b)
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return quoted(text)
	}
	return fmt.Sprintf("%#x", b)
}

// quoted is text as JSON, with what a terminal must not see escaped.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// decimals is how many digits behind the point show all of a decimal.
func decimals(r *big.Rat) int {
	n, _ := r.FloatPrec()
	return n
}

// JSON gives a value of an expression in JSON, in the forms in which lines of a feed have them: bytes in base64, times as
// RFC 3339, decimals and what JSON has no number for as text.
func JSON(v any) json.RawMessage {
	data, err := json.Marshal(plain(v))
	if err != nil { // nothing of what plain gives
		panic(err)
	}
	return data
}

func plain(v any) any {
	switch v := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time, *big.Rat, time.Duration:
		return Value(v)
	case float64:
		if text := Value(v); !json.Valid([]byte(text)) {
			return text
		}
	case schemas.Interval:
		return map[string]any{"months": v.Months, "days": v.Days, "millis": v.Millis}
	case []any:
		all := make([]any, len(v))
		for i, item := range v {
			all[i] = plain(item)
		}
		return all
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, item := range v {
			all[key] = plain(item)
		}
		return all
	}
	return v
}
