// Package replay reads the dead letters of a pipeline, and lets them enter again at the operators that rejected them.
//
// A replay is a worker of its own on the dead-letter topic, in the group <pipeline>.dlq, with one fixed instance: two at
// the same time fence each other. In one transaction it writes what today's pipeline makes of some letters to the
// pipeline's topics, new dead letters for those that fail again, a mark for each letter, and its own positions.
//
// The marks, in the compacted topic <pipeline>-replay, say which letters have been replayed. Each replay reads the dead
// letters from their beginning and leaves out the marked ones: what one filter left out, another may still take. The
// marks are read after the transactional id has been claimed, when no other replay can commit any more; so no
// letter is ever replayed twice, whatever crashes.
package replay
