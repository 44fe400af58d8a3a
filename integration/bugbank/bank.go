package main

const (
	eos  = "./runtime/eos"
	loop = "./runtime"
	sim  = "./integration/sim"

	faults = "TestExactlyOnceUnderFaults" // the simulation
)

// seeds are the arguments of a simulation of so many.
func seeds(n string) []string { return []string{"-tags", "synctests", "-args", "-seeds", n} }

// bank are the bugs. The tests named here would exist without it.
var bank = []bug{
	{
		name: "promises", what: "a refused write is ignored, and the transaction committed without it",
		file: "runtime/eos/session.go", old: "\t\t\ts.faults.add(r, err)\n\t\t}\n\t}\n\tstarted", new: "\t\t\t_ = r\n\t\t}\n\t}\n\tstarted",
		by: eos, run: "TestFailedWriteAborts|TestOversizeRecordsAreNamed",
	},
	{
		name: "reset", what: "a position that is out of range is reset to the start",
		file: "runtime/eos/options.go", old: "kgo.ConsumeResetOffset(kgo.NoResetOffset())", new: "kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())",
		by: eos, run: "TestLostPositionIsNeverReset",
	},
	{
		name: "polled", what: "what the client has fetched is committed, not what was given out",
		file: "runtime/eos/commit.go", old: "kgo.PreTxnCommitFnContext(m.s.ctx, m.at.into)", new: "m.s.ctx",
		by: eos, run: "TestUnfinishedRunKeepsItsEnds|TestConformance",
	},
	{
		name: "random-id", what: "each session has another transactional id, and nobody ends the last one's",
		file: "runtime/eos/options.go", old: "kgo.TransactionalID(c.id())", new: "kgo.TransactionalID(time.Now().String())",
		by: sim, run: faults, args: seeds("2"),
	},
	{
		name: "no-fence", what: "transactions of dead workers are left to their timeout",
		file: "runtime/eos/session.go", old: "m.fenceDeadOwners(s.ctx)", new: "_ = m.fenceDeadOwners",
		by: eos, run: "TestDeadOwnerIsFenced",
	},
	{
		name: "resync", what: "after a commit that did not surely happen the client's own positions are trusted",
		file: "runtime/eos/poll.go", old: "\tif m.rewind {\n\t\treturn m.resync(moment)\n\t}\n", new: "\t_ = m.resync\n",
		by: eos, run: "TestUnknownCommitIsReadFromTheBroker",
	},
	{
		name: "outcome", what: "a commit that did not surely happen counts as done",
		file: "runtime/eos/commit.go", old: "case errors.Is(err, errNotOwned), err == nil && !committed:", new: "case errors.Is(err, errNotOwned), err == nil && !committed && m.final != nil:",
		by: eos, run: "TestUnknownCommitIsReadFromTheBroker",
	},
	{
		name: "uncommitted", what: "records of aborted transactions are read",
		file: "runtime/eos/options.go", old: "kgo.FetchIsolationLevel(kgo.ReadCommitted())", new: "kgo.FetchIsolationLevel(kgo.ReadUncommitted())",
		by: sim, run: faults, args: seeds("10"),
	},
	{
		name: "below", what: "positions are committed one record too low, which is then passed on again",
		file: "runtime/eos/batch.go", old: "at.next, at.epoch = r.Offset+1, r.LeaderEpoch", new: "at.next, at.epoch = r.Offset, r.LeaderEpoch",
		by: eos, run: "TestFillStopsAtTheEnd",
	},
	{
		name: "beyond", what: "records behind the end of a run are passed on",
		file: "runtime/eos/batch.go", old: "if end != noEnd && r.Offset >= end {", new: "if end != noEnd && r.Offset > end {",
		by: eos, run: "TestFillStopsAtTheEnd",
	},
	{
		name: "lag-zero", what: "a run ends when it has read what is there, while its writer goes on",
		file: "runtime/eos/ends.go", old: "if done, err := e.look(ctx, w); err != nil || !done {", new: "if _, err := e.look(ctx, w); err != nil {",
		by: eos, run: "TestInnerTopicEndsAfterItsWriter",
	},
	{
		name: "reversed", what: "the picks of a batch are written from the last to the first",
		file: "runtime/eos/write.go", old: "\tfor k := range picks {\n", new: "\tfor k := len(picks) - 1; k >= 0; k-- {\n",
		by: eos, run: "TestConformance",
	},
	{
		name: "last-round", what: "the round that comes with SIGTERM is dropped, its positions committed",
		file: "runtime/loop.go", old: "if ctx.Err() != nil && len(round.Batches) == 0 {", new: "if ctx.Err() != nil {",
		by: loop, run: "TestLastRoundIsNotLost",
	},
	{
		name: "count", what: "events are counted before they are committed",
		file: "runtime/loop.go", old: "\tif committed {\n\t\tl.ledger.commit(", new: "\tif true {\n\t\tl.ledger.commit(",
		by: loop, run: "TestCountedOnlyOnceCommitted",
	},
	{
		name: "no-letter", what: "rejected events vanish",
		file: "runtime/task.go", old: "\tif len(t.runner.Rejected) > 0 {\n", new: "\tif len(t.runner.Rejected) > 1<<40 {\n",
		by: loop, run: "TestDeadLetter|TestEveryFate|TestPoison",
	},
	{
		name: "early", what: "an event leaves by an operator's ports although the operator failed",
		file: "stage/runner.go", old: "\t\t\tr.reject(err)\n\t\t\treturn\n", new: "\t\t\tr.reject(err)\n\t\t\tr.at = id\n\t\t\tports = r.onward[id]\n",
		by: "./stage/...", run: "Test",
	},
	{
		name: "keeps-dead", what: "a filter passes on the events that it should drop",
		file: "stage/filter/filter.go", old: "\tif err != nil || !keep {\n", new: "\tif err != nil || !keep && false {\n",
		by: "./stage/filter", run: "Test|Example",
	},
	{
		name: "memory", what: "records are cleared while a client that takes long to close still reads them",
		file: "runtime/eos/session.go", old: "\tif !m.s.close() {\n", new: "\tif !m.s.close() && false {\n",
		by: sim, run: faults, args: seeds("80"),
	},
}
