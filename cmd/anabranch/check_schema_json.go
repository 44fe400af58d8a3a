package main

import (
	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// blastRadius is what check --schema -o json prints.
type blastRadius struct {
	File    string      `json:"file"`
	OK      bool        `json:"ok"`
	Changes []newSchema `json:"changes"`
	Breaks  []broken    `json:"breaks"`
}

// newSchema is one new schema. NewReadsOld and OldReadsNew are empty where every value can be read.
type newSchema struct {
	Stream        string       `json:"stream"`
	Old           string       `json:"old"`
	New           string       `json:"new"`
	Compatibility schemas.Mode `json:"compatibility"`
	OK            bool         `json:"ok"`
	NewReadsOld   []reason     `json:"new_reads_old"`
	OldReadsNew   []reason     `json:"old_reads_new"`
	Mistaken      []reason     `json:"mistaken"`
	ToldApart     string       `json:"told_apart,omitempty"` // why values of both are not, where they have no schema id
	PassesOnTo    []string     `json:"passes_on_to"`
}

// reason is why a field cannot be read; the path is from the root, without "value".
type reason struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

type broken struct {
	Kind       string `json:"kind"` // expression, operator, stream or test
	In         string `json:"in"`
	Expression string `json:"expression,omitempty"`
	problem
}

func blastOf(file string, b *topology.Blast) blastRadius {
	radius := blastRadius{File: file, OK: b.OK(), Changes: []newSchema{}, Breaks: []broken{}}
	for _, c := range b.Changes {
		radius.Changes = append(radius.Changes, newSchema{
			Stream: c.Stream, Old: c.Old.File, New: c.New.File, Compatibility: c.Mode, OK: c.OK(),
			NewReadsOld: reasonsOf(c.Verdict.Backward), OldReadsNew: reasonsOf(c.Verdict.Forward), Mistaken: reasonsOf(c.Mistaken),
			ToldApart: c.Untold, PassesOnTo: append([]string{}, c.Carried...),
		})
	}
	for _, p := range b.Broken {
		one := problemsOf(diagnostic.Problems{p.Problem})[0]
		radius.Breaks = append(radius.Breaks, broken{Kind: p.Kind, In: p.Owner, Expression: p.Expression, problem: one})
	}
	return radius
}

func reasonsOf(all schemas.Incompatibilities) []reason {
	reasons := make([]reason, len(all))
	for i, one := range all {
		reasons[i] = reason{one.Path, one.Reason}
	}
	return reasons
}
