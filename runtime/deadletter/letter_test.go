package deadletter

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/stage"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/expression"
)

func TestCodes(t *testing.T) {
	for want, c := range map[Code]struct {
		operator string
		err      error
	}{
		Decode:     {"filter", &schemas.FormatError{Field: "age", Reason: "the value ends here"}},
		Tombstone:  {"filter", schemas.ErrTombstone},
		Expression: {"filter", &expression.Fault{What: "division by zero", Source: "1 / value.n"}},
		NullResult: {"splitter", expression.ErrNull},
		ShardKey:   {"sharder", expression.ErrNull},
		NoCase:     {"splitter", errors.New("no case for \"x\"")},
		Panic:      {"filter", &stage.PanicError{Value: schemas.ErrTombstone}},
		Refused:    {"sharder", &Refusal{Err: errors.New("MESSAGE_TOO_LARGE")}},
		ByFile:     {"splitter", stage.ErrDeadLetter},
		Other:      {"filter", errors.New("something")},
		"mine":     {"filter", ownCode{}},
	} {
		if got := CodeOf(c.operator, fmt.Errorf("on the way: %w", c.err)); got != want {
			t.Errorf("%v of a %s: got %s, want %s", c.err, c.operator, got, want)
		}
	}
}

type ownCode struct{}

func (ownCode) Error() string { return "mine" }
func (ownCode) Code() string  { return "mine" }

func TestExpressionToBlame(t *testing.T) {
	fault := &expression.Fault{What: "division by zero", Source: "1 / value.n"}
	one, two := &topology.Operator{Expressions: []string{"a"}}, &topology.Operator{Expressions: []string{"a", "b"}}
	for _, c := range []struct {
		operator *topology.Operator
		err      error
		want     string
	}{
		{two, fault, "1 / value.n"}, {one, errors.New("else"), "a"}, {two, errors.New("else"), ""}, {&topology.Operator{}, errors.New("else"), ""},
	} {
		if got := ExpressionOf(c.operator, c.err); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestLetterLeavesTheEventAlone(t *testing.T) {
	headers := make([]stage.Header, 1, 20) // room behind it, which is not ours
	headers[0] = stage.Header{Key: "a", Value: []byte("b")}
	event := stage.Meta{Key: []byte("k"), Time: time.UnixMilli(5), Headers: headers, Origin: stage.Origin{Topic: "in", Partition: 1, Offset: 2}}
	letter := Letters{Pipeline: "p", Revision: "r"}.Of(&event, &topology.Operator{Name: "op"}, errors.New("no"))
	if len(event.Headers) != 1 || headers[:2][1].Key != "" {
		t.Error("the event's headers were written over")
	}
	if string(letter.Key) != "k" || !letter.Time.Equal(event.Time) || letter.Headers[0].Key != "a" {
		t.Errorf("letter %+v", letter)
	}
	if code, _ := letter.Header(HeaderCode); string(code) != "rejected" {
		t.Errorf("code %q", code)
	}
}

func TestPointerHoldsNothingOfTheEvent(t *testing.T) {
	event := stage.Meta{Key: []byte("secret"), Time: time.UnixMilli(-5), Headers: []stage.Header{{Key: "secret"}}}
	p := Letters{}.Pointer(&event, &topology.Operator{Name: "op"}, errors.New("no"), errors.New("too large"))
	if _, kept := p.Header("secret"); kept || p.Key != nil || p.Time.Before(time.Unix(1, 0)) {
		t.Errorf("pointer %+v", p)
	}
	if why, _ := p.Header(HeaderPointer); string(why) != "too large" {
		t.Errorf("why %q", why)
	}
}

func TestTextsAreBoundedAndText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "text"))
		if rapid.Bool().Draw(t, "valid") {
			text = rapid.StringN(0, 2000, 3000).Draw(t, "string")
		}
		short := shorten(text, MessageBytesMax)
		if len(short) > MessageBytesMax || !utf8.ValidString(short) {
			t.Fatalf("%d bytes, valid %v", len(short), utf8.ValidString(short))
		}
		if utf8.ValidString(text) && len(text) <= MessageBytesMax && short != text {
			t.Fatalf("%q became %q", text, short)
		}
		if rest, cut := strings.CutSuffix(short, "…"); cut && utf8.ValidString(text) && !strings.HasPrefix(text, rest) {
			t.Fatalf("%q became %q", text, short)
		}
	})
}
