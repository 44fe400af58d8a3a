package deadletter

// The headers that a dead letter has behind those of its event.
const (
	HeaderException  = "__streams.errors.exception"  // the kind of error: a Go type
	HeaderMessage    = "__streams.errors.message"    // what was wrong, at most MessageBytesMax
	HeaderStacktrace = "__streams.errors.stacktrace" // of a panic, at most StacktraceBytesMax; else empty
	HeaderTopic      = "__streams.errors.topic"      // of the source record
	HeaderPartition  = "__streams.errors.partition"
	HeaderOffset     = "__streams.errors.offset"

	HeaderPipeline   = "anabranch.pipeline"
	HeaderOperator   = "anabranch.operator"   // the one that rejected the event; a replay enters here
	HeaderCode       = "anabranch.code"       // a Code
	HeaderExpression = "anabranch.expression" // the source text, where an expression was at fault or the operator has one only
	HeaderOrigin     = "anabranch.origin"     // topic:partition:offset of the source record
	HeaderAttempt    = "anabranch.attempt"    // from 1; one more each time the event fails at the same operator after a replay
	HeaderRevision   = "anabranch.revision"   // of the pipeline file

	// HeaderStreams is on a dead letter whose event the broker refused: the streams that it did not reach, with a comma between.
	// What else the operator did with the event stands, so that a replay must go nowhere else.
	HeaderStreams = "anabranch.streams"

	// HeaderPointer is on a dead letter without its event, which the broker refused here too; it says why. The event is
	// to be read at its origin.
	HeaderPointer = "anabranch.pointer"
)

// The headers that replayed events have behind their own: which dead letter they were, and when it was replayed. Text, too.
const (
	HeaderReplayTopic     = ReplayPrefix + "topic"
	HeaderReplayPartition = ReplayPrefix + "partition"
	HeaderReplayOffset    = ReplayPrefix + "offset"
	HeaderReplayAt        = ReplayPrefix + "at" // RFC 3339, in UTC
)

// ReplayPrefix begins the names of the headers that a replay adds.
const ReplayPrefix = ownPrefix + "replay."

// The beginnings of the names of all headers above.
const (
	streamsPrefix = "__streams.errors."
	ownPrefix     = "anabranch."
)

// Limits of header values; a longer text is cut at a character and ends in "…".
const (
	MessageBytesMax    = 1024
	StacktraceBytesMax = 8192
)
