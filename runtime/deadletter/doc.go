// Package deadletter makes the record that an operator's rejected event becomes: the event as it entered that operator,
// byte for byte, with headers behind its own that say which operator could not handle it, why, and where it came from.
//
// The headers __streams.errors.* are those of Kafka Streams (KIP-1034), so that its tools read them; anabranch.* say
// what Kafka Streams has no word for. Every header is UTF-8 text. Where an event was a dead letter before, its old
// headers stay and the new ones stand behind them: the last one of a name counts.
package deadletter
