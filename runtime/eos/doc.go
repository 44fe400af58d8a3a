// Package eos is the transport of the exactly-once guarantee: the only code that begins, fills and ends transactions.
//
// It reads as a member of a consumer group and writes in one transaction what was made of the records and how far they
// were read. Its rules are structural: a refused write aborts; a commit that did not surely happen makes the next Poll
// read again from what the broker has; a session that gave an error is destroyed, and the next one
// comes back with the same transactional id, which fences what was left open; positions never reset by themselves.
package eos
