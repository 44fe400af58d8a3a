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
		file: "runtime/task.go", old: "if len(t.runner.Rejected) == 0 {", new: "if len(t.runner.Rejected) >= 0 {",
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
		name: "stale-note", what: "counts go on from what this worker has committed itself, though another had the partition since",
		file: "runtime/account.go", old: "note == \"\" || note != a.note", new: "note == \"\"",
		by: loop, run: "TestAccounts",
	},
	{
		name: "dropped-note", what: "a partition that nobody noted in a transaction loses its counts",
		file: "runtime/eos/positions.go", old: "return p.kept.at(s).note", new: "return \"\"",
		by: eos, run: "TestConformance/a_note",
	},
	{
		name: "no-rewind", what: "after a transaction that a rebalance has aborted, reading goes on where it was",
		file: "runtime/eos/commit.go", old: "\t\tm.setbacks++\n\t\tm.rewound()\n", new: "\t\tm.setbacks++\n\t\tm.settle()\n",
		by: eos, run: "TestConformance|TestUnknownCommit|TestRefusedPositionsAbort",
	},
	{
		name: "newer-position", what: "positions that were asked for before a task came replace those that it came with",
		file: "runtime/eos/resync.go", old: "if m.s.owned.gains != version {", new: "if m.s.owned.gains < version {",
		by: eos, run: "TestResyncIsNotOlder",
	},
	{
		name: "no-markers", what: "positions stop at the last record, before the marker behind it",
		file: "runtime/eos/batch.go", old: "\t\tat.next, at.epoch = r.Offset+1, r.LeaderEpoch\n\t\tif !r.Attrs.IsControl() {\n", new: "\t\tif !r.Attrs.IsControl() {\n\t\t\tat.next, at.epoch = r.Offset+1, r.LeaderEpoch\n",
		by: eos, run: "TestConformance/markers_are_passed",
	},
	{
		name: "letter-outside", what: "records that the runtime makes, as dead letters are, are written outside of the transaction",
		file: "runtime/eos/write.go", old: "\tm.produce(c)\n}\n\n// lend tells", new: "\tm.client.ProduceSync(m.s.ctx, &c.record)\n}\n\n// lend tells",
		by: eos, run: "TestConformance/abort_rewinds",
	},
	{
		name: "late-batch", what: "what was polled from a session that has died is committed by the next one",
		file: "runtime/eos/commit.go", old: "m.out.doomed, m.out.given = given, given", new: "m.out.doomed, m.out.given = false, false && given",
		by: eos, run: "TestBatchesOfADeadSession",
	},
	{
		name: "same-session", what: "a session goes on after its commit has failed",
		file: "runtime/eos/commit.go", old: "\t\tm.destroy(fmt.Errorf(\"commit: %w\", err))\n\t\treturn false, m.final\n", new: "\t\tm.settle()\n\t\treturn false, nil\n",
		by: eos, run: "TestUnknownCommit",
	},
	{
		name: "back-again", what: "it is not noticed that a task was lost and came back within one transaction",
		file: "runtime/eos/ownership.go", old: "o.turned, o.partitions, o.gained = true, nil, nil", new: "o.turned, o.partitions = true, nil",
		by: eos, run: "TestOwnership",
	},
	{
		name: "torn-task", what: "a task goes to its new owner before the old one has let go of all of it",
		file: "runtime/eos/balancer.go", old: "\twithhold(c, plan)\n\treturn plan", new: "\treturn plan",
		by: eos, run: "TestTasks",
	},
	{
		name: "refusals", what: "a record that the broker refuses for what it is does not stop the commit",
		file: "runtime/eos/session.go", old: "\treturn f.refusal\n", new: "\treturn nil\n",
		by: eos, run: "TestRefusedRecordsAreFound|TestOversizeRecordsAreNamed",
	},
	{
		name: "lost-position", what: "a position that was deleted begins at its start again",
		file: "runtime/eos/start.go", old: "if lost(have, at) {", new: "if lost(have, at) && false {",
		by: eos, run: "TestDeletedPositionEndsTheRun",
	},
	{
		name: "memory", what: "records are cleared while a client that takes long to close still reads them",
		file: "runtime/eos/session.go", old: "\tif !m.s.close() {\n", new: "\tif !m.s.close() && false {\n",
		by: sim, run: faults, args: seeds("80"),
	},
}
