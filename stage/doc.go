// Package stage is the typed core of Anabranch: events, the operators that route them, and the fused program that
// carries one event through many operators without copying or allocating.
//
// A Router only chooses ports for an event and never changes it. The operators live in the folders below this one
// (copier, filter, splitter, sharder, merger); each works alone inside a consumer of your own, and each can be a node
// of a Program, which a pipeline file is compiled to.
//
// The package imports the standard library only, so that embedding one operator costs nothing else.
package stage
