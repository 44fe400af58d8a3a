package acl

import "github.com/anabranch-go/anabranch/topology"

// OfReplay gives the rights that `dlq replay --apply` needs beside those of Of.
func OfReplay(p *topology.Pipeline) []Rule {
	if p.OnError.DeadLetter == "" {
		return nil
	}
	group, marks := p.Name+".dlq", p.Name+"-replay"
	return []Rule{
		{Topic, p.OnError.DeadLetter, false, Read, Replay, "dead letters are read from it"},
		{Topic, marks, false, Read, Replay, "it says which dead letters have been replayed"},
		{Topic, marks, false, Write, Replay, "it says which dead letters have been replayed"},
		{Topic, marks, false, Create, Replay, "it is made by the first replay"},
		{Group, group, false, Read, Replay, "a replay keeps its positions in it"},
		{TransactionalID, group + ".", true, Write, Replay, "a replay writes in transactions"},
	}
}
