package expression

import (
	"math"
	"strings"
	"time"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/anabranch-go/anabranch/schemas"
)

// timeOf gives how a slot of the type t holds a time: a date in days, all else in microseconds.
func timeOf(t *schemas.Type) func(n int64, _ string) time.Time {
	if t.Logical == schemas.Date {
		return func(n int64, _ string) time.Time { return time.Unix(n*24*60*60, 0).UTC() }
	}
	return func(n int64, _ string) time.Time { return time.UnixMicro(n).UTC() }
}

// microseconds as a duration; what is beyond a duration becomes the longest.
func microseconds(n int64, _ string) time.Duration {
	switch {
	case n > math.MaxInt64/1000:
		return math.MaxInt64
	case n < math.MinInt64/1000:
		return math.MinInt64
	}
	return time.Duration(n) * time.Microsecond
}

// time compiles a timestamp.
func (c *compiler) time(x ast.Expr) (fn[time.Time], bool) {
	if c.kind(x) != types.TimestampKind {
		return nil, false
	}
	if x.Kind() == ast.IdentKind && x.AsIdent() == "timestamp" {
		return func(e *event) (time.Time, *Fault) { return e.Time.UTC(), nil }, true
	}
	if t := c.e.avro[x.ID()]; t != nil {
		return read(c, x, types.TimestampKind, timeOf(required(t)))
	}
	if x.Kind() != ast.CallKind {
		return nil, false
	}
	args := x.AsCall().Args()
	switch name := x.AsCall().FunctionName(); name {
	case operators.Conditional:
		return conditional(c, args, c.time)
	case "timestamp":
		if !isLiteral(args[0], types.StringType) {
			return c.time(args[0])
		}
		v, ok := types.String(constant(args[0])).ConvertToType(types.TimestampType).(types.Timestamp)
		return always(v.Time.UTC()), ok
	case operators.Add:
		if c.kind(args[0]) == types.DurationKind {
			args = []ast.Expr{args[1], args[0]}
		}
		return c.shifted(x, args, 1)
	case operators.Subtract:
		return c.shifted(x, args, -1)
	}
	return nil, false
}

// The years that CEL's timestamps can be in, 1 to 9999, in seconds from 1970.
const (
	minTime = -62135596800
	maxTime = 253402300799
)

// shifted compiles a time and a duration added or subtracted.
func (c *compiler) shifted(x ast.Expr, args []ast.Expr, sign int) (fn[time.Time], bool) {
	at, ok := c.time(args[0])
	if !ok {
		return nil, false
	}
	by, ok := c.duration(args[1])
	beyond := c.fault(x, "timestamp overflow")
	return func(e *event) (time.Time, *Fault) {
		t, fault := at(e)
		if fault != nil {
			return t, fault
		}
		d, fault := by(e)
		if fault != nil {
			return t, fault
		}
		if sign < 0 && d == math.MinInt64 {
			return t, beyond
		}
		t = t.Add(time.Duration(sign) * d)
		if s := t.Unix(); s < minTime || s > maxTime {
			return t, beyond
		}
		return t, nil
	}, ok
}

// duration compiles a duration.
func (c *compiler) duration(x ast.Expr) (fn[time.Duration], bool) {
	if c.kind(x) != types.DurationKind {
		return nil, false
	}
	if c.e.avro[x.ID()] != nil {
		return read(c, x, types.DurationKind, microseconds)
	}
	if x.Kind() != ast.CallKind {
		return nil, false
	}
	args := x.AsCall().Args()
	switch name := x.AsCall().FunctionName(); name {
	case operators.Conditional:
		return conditional(c, args, c.duration)
	case "duration":
		if !isLiteral(args[0], types.StringType) {
			return c.duration(args[0])
		}
		d, err := time.ParseDuration(constant(args[0]))
		return always(d), err == nil
	case operators.Subtract:
		if c.kind(args[0]) == types.TimestampKind {
			return c.elapsed(x, args)
		}
	}
	return nil, false
}

// elapsed compiles the duration between two times, which overflows after 292 years.
func (c *compiler) elapsed(x ast.Expr, args []ast.Expr) (fn[time.Duration], bool) {
	to, ok := c.time(args[0])
	if !ok {
		return nil, false
	}
	from, ok := c.time(args[1])
	beyond := c.fault(x, "duration overflow")
	return func(e *event) (time.Duration, *Fault) {
		t, fault := to(e)
		if fault != nil {
			return 0, fault
		}
		f, fault := from(e)
		if fault != nil {
			return 0, fault
		}
		d := t.Sub(f)
		if !f.Add(d).Equal(t) {
			return 0, beyond
		}
		return d, nil
	}, ok
}

// part compiles the functions that take a part of a time, such as getFullYear, in UTC or a constant zone.
func (c *compiler) part(call ast.CallExpr) (fn[int64], bool) {
	get, ok := parts[call.FunctionName()]
	if !ok || !call.IsMemberFunction() || c.kind(call.Target()) != types.TimestampKind {
		return nil, false
	}
	if len(call.Args()) == 0 {
		return mapped(c.time, call.Target(), get)
	}
	zone := call.Args()[0]
	if !isLiteral(zone, types.StringType) || strings.Contains(constant(zone), ":") {
		return nil, false
	}
	location, err := time.LoadLocation(constant(zone))
	if err != nil {
		return nil, false
	}
	return mapped(c.time, call.Target(), func(t time.Time) int64 { return get(t.In(location)) })
}

// parts are the parts of a time as CEL counts them: months, days of the month and of the year from 0, but getDate from 1.
var parts = map[string]func(time.Time) int64{
	"getFullYear":     func(t time.Time) int64 { return int64(t.Year()) },
	"getMonth":        func(t time.Time) int64 { return int64(t.Month() - 1) },
	"getDayOfYear":    func(t time.Time) int64 { return int64(t.YearDay() - 1) },
	"getDate":         func(t time.Time) int64 { return int64(t.Day()) },
	"getDayOfMonth":   func(t time.Time) int64 { return int64(t.Day() - 1) },
	"getDayOfWeek":    func(t time.Time) int64 { return int64(t.Weekday()) },
	"getHours":        func(t time.Time) int64 { return int64(t.Hour()) },
	"getMinutes":      func(t time.Time) int64 { return int64(t.Minute()) },
	"getSeconds":      func(t time.Time) int64 { return int64(t.Second()) },
	"getMilliseconds": func(t time.Time) int64 { return int64(t.Nanosecond() / 1e6) },
}
