package deadletter

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anabranch-go/anabranch/stage"
)

// Letter is a dead letter that was read back: the event as it entered the operator that rejected it, and why it did.
type Letter struct {
	Place stage.Origin // of the dead letter itself

	Event   stage.Meta // key, time and headers as they were, without what Of added and what a replay adds; its true origin
	Value   []byte     // nil for a tombstone, and for a Pointer
	Pointer string     // why the event is not here but at its origin; empty: it is here

	Pipeline, Operator, Revision string
	Code                         Code
	Expression, Reason           string
	Exception, Stack             string
	Attempt                      int
	Streams                      []string // of a refused event: the only streams that it did not reach
	// Replayed is where the letter stood that this event was before, where a replay has brought it; else zero.
	Replayed stage.Origin
}

// Read reads the dead letter m with value, the inverse of Of. It shares their memory. False: m is no dead letter, since
// it does not say which operator of which pipeline rejected what.
func Read(m *stage.Meta, value []byte) (Letter, bool) {
	l := Letter{Place: m.Origin, Event: *m, Value: value}
	first := added(m.Headers)
	text := func(name string) string {
		for _, h := range slices.Backward(m.Headers[first:]) {
			if h.Key == name {
				return string(h.Value)
			}
		}
		return ""
	}
	l.Pipeline, l.Operator, l.Revision = text(HeaderPipeline), text(HeaderOperator), text(HeaderRevision)
	l.Code, l.Expression, l.Reason = Code(text(HeaderCode)), text(HeaderExpression), text(HeaderMessage)
	l.Exception, l.Stack, l.Pointer = text(HeaderException), text(HeaderStacktrace), text(HeaderPointer)
	if streams := text(HeaderStreams); streams != "" {
		l.Streams = strings.Split(streams, ",")
	}
	attempt, wrong := strconv.ParseUint(text(HeaderAttempt), 10, 16)
	l.Attempt = int(attempt)
	origin, ok := parseOrigin(text(HeaderTopic), text(HeaderPartition), text(HeaderOffset))
	l.Event.Origin = origin
	l.Replayed, _ = parseOrigin(last(m, HeaderReplayTopic), last(m, HeaderReplayPartition), last(m, HeaderReplayOffset))
	l.Event.Headers = own(m.Headers, first)
	return l, ok && wrong == nil && l.Pipeline != "" && l.Operator != ""
}

// Again gives the event as it is to enter its operator again: as it was, and behind its own headers those that say which
// dead letter it was and that it was replayed at a time.
func (l *Letter) Again(at time.Time) stage.Meta {
	event := l.Event
	event.Headers = append(event.Headers[:len(event.Headers):len(event.Headers)],
		header(HeaderReplayTopic, l.Place.Topic),
		header(HeaderReplayPartition, strconv.Itoa(int(l.Place.Partition))),
		header(HeaderReplayOffset, strconv.FormatInt(l.Place.Offset, 10)),
		header(HeaderReplayAt, at.UTC().Format(time.RFC3339)),
	)
	return event
}

// added is the index of the first header that Of added: what an event had before, be it from another pipeline's dead
// letters, is the event's own.
func added(headers []stage.Header) int {
	for i, h := range slices.Backward(headers) {
		if h.Key == HeaderException {
			return i
		}
	}
	return len(headers)
}

// own are the headers that are neither Of's nor of a replay. What others have put behind those of Of is kept.
func own(headers []stage.Header, first int) []stage.Header {
	var kept []stage.Header
	for i, h := range headers {
		if strings.HasPrefix(h.Key, ReplayPrefix) || i >= first && (strings.HasPrefix(h.Key, streamsPrefix) || strings.HasPrefix(h.Key, ownPrefix)) {
			continue
		}
		kept = append(kept, h)
	}
	return kept
}

func last(m *stage.Meta, name string) string {
	value, _ := m.Header(name)
	return string(value)
}

func parseOrigin(topic, partition, offset string) (stage.Origin, bool) {
	p, wrong := strconv.ParseInt(partition, 10, 32)
	o, bad := strconv.ParseInt(offset, 10, 64)
	if topic == "" || wrong != nil || bad != nil || p < 0 || o < 0 {
		return stage.Origin{}, false
	}
	return stage.Origin{Topic: topic, Partition: int32(p), Offset: o}, true
}
