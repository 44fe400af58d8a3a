package audit_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
)

// Workers come and go in the middle of transactions, and what stands in the cluster is what was put in.
func TestCountsSurviveCrashes(t *testing.T) {
	r := newRiver(t)
	p := r.pipeline(delta)
	for n := 1; n <= 4; n++ {
		r.put(3000)
		r.crash(p, "a", 1+n%3)
		if found := r.audit(p, false); len(found.Imbalances) > 0 {
			t.Errorf("after crash %d: %v", n, found.Imbalances)
		}
	}
	r.run(p, "a")
	r.balanced(r.audit(p, true))
	r.run(p, "b") // nothing is left
	r.put(100)
	r.run(p, "b")
	r.balanced(r.audit(p, true))
}

// Two workers share the partitions, one after the other leaves, comes back or is cut off, and an audit looks on.
func TestCountsMoveWithPartitions(t *testing.T) {
	r := newRiver(t)
	p := r.pipeline(delta)
	r.put(500)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var work sync.WaitGroup
	work.Go(func() {
		if err := r.worker(p, runtime.Options{Instance: "stays"}).Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for n := range 3 {
		limit, leave := context.WithCancel(ctx)
		work.Go(func() {
			if err := r.worker(p, runtime.Options{Instance: "visits"}).Run(limit); err != nil {
				t.Error(err)
			}
		})
		for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			r.put(50)
		}
		if found := r.audit(p, true); len(found.Imbalances) > 0 {
			t.Errorf("visit %d: %v", n, found.Imbalances)
		}
		leave()
	}
	stop()
	work.Wait()
	r.run(p, "last")
	r.balanced(r.audit(p, true))
}

// What does not add up is named.
func TestImbalancesAreNamed(t *testing.T) {
	r := newRiver(t)
	p := r.pipeline(delta)
	r.put(100)
	r.run(p, "a")
	r.balanced(r.audit(p, true))

	if err := r.ProduceSync(t.Context(), &kgo.Record{Topic: "out", Value: []byte("not from here")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	found := r.audit(p, true)
	want := fmt.Sprintf("out: it holds %d committed records, but only %d were written to it", 2*r.kept+1, 2*r.kept)
	if len(found.Imbalances) != 1 || found.Imbalances[0].String() != want {
		t.Errorf("got %v, want %s", found.Imbalances, want)
	}

	// Positions that were moved by hand leave records unread, and lose what was counted.
	var set kadm.Offsets
	set.Add(kadm.Offset{Topic: "kept", Partition: 1, At: 3, LeaderEpoch: -1})
	if err := r.admin.CommitAllOffsets(t.Context(), "delta.kept", set); err != nil {
		t.Fatal(err)
	}
	found = r.audit(p, false)
	if len(found.Imbalances) > 0 || len(found.Remarks) == 0 || !strings.Contains(found.Remarks[0], "is not compared") {
		t.Errorf("got %v, %v", found.Imbalances, found.Remarks)
	}
}

// A file with other operators counts from where it begins; one that only says other things of the same ones goes on.
func TestFilesOfOtherShapes(t *testing.T) {
	r := newRiver(t)
	p := r.pipeline(delta)
	r.put(100)
	r.run(p, "a")
	edited := r.pipeline(strings.Replace(delta, "% 3 != 0", "% 3 != 0 && key != \"x\"", 1))
	r.put(100)
	r.run(edited, "a")
	r.balanced(r.audit(p, true))

	renamed := r.pipeline(strings.Replace(delta, "keep:", "chosen:", 1))
	found := r.audit(renamed, false)
	if len(found.Remarks) != 5 || !strings.Contains(found.Remarks[0], "in[0] is not audited: what stands beside position 50 was counted for other operators") {
		t.Errorf("got %q", found.Remarks)
	}
	r.put(80)
	r.run(renamed, "a")
	found = r.audit(renamed, true)
	if len(found.Imbalances) > 0 || !strings.Contains(found.Remarks[0], "in[0] is counted from offset 50, where the operators of the file changed") {
		t.Errorf("got %q and %v", found.Remarks, found.Imbalances)
	}
	if got := operator(found, "chosen"); got[0] != 80 {
		t.Errorf("got %v", got)
	}
}
