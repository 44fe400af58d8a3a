package schemas

import (
	"strconv"
	"time"
)

// How dates and times are written in natural JSON.
const (
	dateLayout  = "2006-01-02"
	timeLayout  = "15:04:05.999999999"
	localLayout = "2006-01-02T15:04:05.999999999"
)

// exampleOf says what is right for each logical type of a number.
var exampleOf = map[Logical]string{
	Date:                 `a date such as "2026-11-01"`,
	TimeMillis:           `a time of day such as "09:30:00.25"`,
	TimeMicros:           `a time of day such as "09:30:00.25"`,
	TimestampMillis:      `a time such as "2026-11-01T09:30:00Z"`,
	TimestampMicros:      `a time such as "2026-11-01T09:30:00Z"`,
	TimestampNanos:       `a time such as "2026-11-01T09:30:00Z"`,
	LocalTimestampMillis: `a local time such as "2026-11-01T09:30:00"`,
	LocalTimestampMicros: `a local time such as "2026-11-01T09:30:00"`,
	LocalTimestampNanos:  `a local time such as "2026-11-01T09:30:00"`,
}

// time appends the number that stands for a date or time written as text.
func (e *encoder) time(t *Type, v *jsonValue) bool {
	layout := time.RFC3339Nano
	switch t.Logical {
	case Date:
		layout = dateLayout
	case TimeMillis, TimeMicros:
		layout = timeLayout
	case LocalTimestampMillis, LocalTimestampMicros, LocalTimestampNanos:
		layout = localLayout
	}
	at, err := time.Parse(layout, v.text)
	if err != nil {
		return e.mismatch(v, exampleOf[t.Logical]+" or a number")
	}
	switch t.Logical {
	case Date:
		e.long(at.Unix() / (24 * 60 * 60)) // exact: the time of day is midnight
	case TimeMillis:
		e.long(at.Sub(midnight).Milliseconds())
	case TimeMicros:
		e.long(at.Sub(midnight).Microseconds())
	case TimestampMillis, LocalTimestampMillis:
		e.long(at.UnixMilli())
	case TimestampMicros, LocalTimestampMicros:
		e.long(at.UnixMicro())
	default:
		if at.Before(firstNano) || at.After(lastNano) {
			return e.mismatch(v, "a time that nanoseconds in 64 bits can tell, from 1677 to 2262")
		}
		e.long(at.UnixNano())
	}
	return true
}

var (
	midnight  = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) // the date of a time that was parsed without one
	firstNano = time.Unix(0, -1<<63)
	lastNano  = time.Unix(0, 1<<63-1)
)

// appendTime appends n, a number of logical type l, as text in quotes; as a number where no text can tell it.
func appendTime(buf []byte, l Logical, n int64) []byte {
	var at time.Time
	layout := time.RFC3339Nano
	switch l {
	case Date:
		at, layout = time.Unix(n*24*60*60, 0).UTC(), dateLayout
	case TimeMillis, TimeMicros:
		unit := time.Microsecond
		if l == TimeMillis {
			unit = time.Millisecond
		}
		if n < 0 || n >= int64(24*time.Hour/unit) {
			return strconv.AppendInt(buf, n, 10)
		}
		at, layout = midnight.Add(time.Duration(n)*unit), timeLayout
	case TimestampMillis:
		at = time.UnixMilli(n).UTC()
	case TimestampMicros:
		at = time.UnixMicro(n).UTC()
	case TimestampNanos:
		at = time.Unix(0, n).UTC()
	case LocalTimestampMillis:
		at, layout = time.UnixMilli(n).UTC(), localLayout
	case LocalTimestampMicros:
		at, layout = time.UnixMicro(n).UTC(), localLayout
	case LocalTimestampNanos:
		at, layout = time.Unix(0, n).UTC(), localLayout
	}
	if at.Year() < 0 || at.Year() > 9999 {
		return strconv.AppendInt(buf, n, 10)
	}
	buf = append(buf, '"')
	buf = at.AppendFormat(buf, layout)
	return append(buf, '"')
}
