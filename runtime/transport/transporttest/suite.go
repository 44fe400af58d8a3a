package transporttest

import (
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Spec is what the suite wants opened.
type Spec struct {
	Group    string
	Instance string
	Inputs   [][]string // the topics of each input, read from the earliest record
	Sinks    []string
	UntilEnd bool // stop at the ends that the inputs have now
}

// Open makes the transport under test. The suite closes it.
type Open func(t *testing.T, s Spec) transport.Transport

// Run holds a transport to the contract, on the cluster at brokers. Topics and groups have names of their own in each
// test, and stay behind.
func Run(t *testing.T, brokers []string, open Open) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, c *cluster)
	}{
		{"forward keeps records as they are", forwardKeeps},
		{"select picks, orders and rekeys", selectPicks},
		{"one batch goes to several sinks", severalSinks},
		{"add copies what it is given", addCopies},
		{"positions begin after the last commit", positionsContinue},
		{"abort rewinds and leaves nothing behind", abortRewinds},
		{"close aborts what is open", closeAborts},
		{"nothing is committed before all is asked for", uncommittedIsInvisible},
		{"markers are passed", markersPassed},
		{"an empty commit is no work", emptyCommit},
		{"several inputs share tasks", inputsShareTasks},
		{"two members share and take over", twoMembers},
		{"notes are committed with their positions", notesCommit},
		{"a note stays until there is a new one", notesStay},
		{"notes move with their partitions", notesMove},
		{"what is held is committed as it goes out", heldIsCommittedAsItGoesOut},
		{"a state alone is committed", aStateAloneIsCommitted},
		{"what is held is polled again after an abort", heldIsPolledAgainAfterAnAbort},
		{"a poll that ends early drops nothing", anEarlyEndDropsNothing},
		{"an abort ends pauses", anAbortEndsPauses},
		{"a paused partition is not read", aPausedPartitionIsNotRead},
		{"tails and ends are told", tailsAreTold},
		{"a run ends", runEnds},
		{"a run ends on topics with nothing in them", emptyRunEnds},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newCluster(t, brokers, open)) })
	}
}
