package eos

import (
	"context"
	"fmt"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// Who goes because another worker has its id must not leave the group: the other one would be thrown out, taken for dead
// and fenced by those who have its partitions then.
func TestFencedWorkerDoesNotLeaveForTheOther(t *testing.T) {
	for _, fenced := range []bool{false, true} {
		r := newRig(t, brokersOf(t))
		r.put(r.in, numbers(0, 10)...)
		m := r.open(r.config())
		r.pass(m, 10)
		if fenced {
			m.final = fmt.Errorf("%w: in this test", transport.ErrFenced)
		}
		m.Close()
		groups, err := r.admin.DescribeGroups(context.Background(), r.config().Group)
		if err != nil {
			t.Fatal(err)
		}
		if member := len(groups[r.config().Group].Members) == 1; member != fenced {
			t.Errorf("fenced %v: it is a member after it has gone: %v", fenced, member)
		}
	}
}
