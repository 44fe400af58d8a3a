package deadletter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

// Letters makes dead letters of one pipeline.
type Letters struct {
	Pipeline, Revision string
	// Attempt is that of the letters; 0: one more than that of the pipeline's dead letter which the event was before, or 1.
	Attempt int
}

// Of gives the dead letter of the event m that operator rejected for reason: key, time and headers of the event, and
// ours behind them. Its value is the event's value. It shares m's memory.
func (l Letters) Of(m *stage.Meta, operator *topology.Operator, reason error) stage.Meta {
	letter := *m
	letter.Headers = append(m.Headers[:len(m.Headers):len(m.Headers)], l.headers(m, operator, reason)...)
	return letter
}

// Pointer gives the dead letter to write, without a value, where the broker refuses the letter itself for why. It
// keeps nothing of the event but where it is, so that nothing in it can be refused again.
func (l Letters) Pointer(m *stage.Meta, operator *topology.Operator, reason, why error) stage.Meta {
	return stage.Meta{
		Time:    time.Now(),
		Origin:  m.Origin,
		Headers: append(l.headers(m, operator, reason), header(HeaderPointer, shorten(why.Error(), MessageBytesMax))),
	}
}

func (l Letters) headers(m *stage.Meta, operator *topology.Operator, reason error) []stage.Header {
	var panics *stage.PanicError
	stack := ""
	if errors.As(reason, &panics) {
		stack = string(panics.Stack)
	}
	all := []stage.Header{
		header(HeaderException, fmt.Sprintf("%T", reason)),
		header(HeaderMessage, shorten(reason.Error(), MessageBytesMax)),
		header(HeaderStacktrace, shorten(stack, StacktraceBytesMax)),
		header(HeaderTopic, m.Origin.Topic),
		header(HeaderPartition, strconv.Itoa(int(m.Origin.Partition))),
		header(HeaderOffset, strconv.FormatInt(m.Origin.Offset, 10)),
		header(HeaderPipeline, l.Pipeline),
		header(HeaderOperator, operator.Name),
		header(HeaderCode, string(CodeOf(operator.Type, reason))),
		header(HeaderExpression, shorten(ExpressionOf(operator, reason), MessageBytesMax)),
		header(HeaderOrigin, m.Origin.String()),
		header(HeaderAttempt, strconv.Itoa(l.attempt(m))),
		header(HeaderRevision, l.Revision),
	}
	if refusal := new(Refusal); errors.As(reason, &refusal) && len(refusal.Streams) > 0 {
		all = append(all, header(HeaderStreams, strings.Join(refusal.Streams, ",")))
	}
	return all
}

// ExpressionOf is the source text that is to blame for reason: what the error itself names, else the operator's
// only expression, else nothing.
func ExpressionOf(operator *topology.Operator, reason error) string {
	var fault *expression.Fault
	if errors.As(reason, &fault) {
		return fault.Source
	}
	if len(operator.Expressions) == 1 {
		return operator.Expressions[0]
	}
	return ""
}

// attempt is, unless Letters says it, one more than that of the pipeline's dead letter which m was before, or 1.
func (l Letters) attempt(m *stage.Meta) int {
	if l.Attempt > 0 {
		return l.Attempt
	}
	pipeline, _ := m.Header(HeaderPipeline)
	before, _ := m.Header(HeaderAttempt)
	n, err := strconv.ParseUint(string(before), 10, 16)
	if err != nil || string(pipeline) != l.Pipeline {
		return 1
	}
	return int(n) + 1
}

func header(key, value string) stage.Header { return stage.Header{Key: key, Value: []byte(value)} }

// shorten makes text valid UTF-8 of at most n bytes.
func shorten(text string, n int) string {
	const mark = "…"
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	if len(text) <= n {
		return text
	}
	end := n - len(mark)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}
