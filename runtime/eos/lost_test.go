package eos

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// A position that was deleted is not taken for that of a partition which was added: that one would be read again from 0.
func TestDeletedPositionEndsTheRun(t *testing.T) {
	r := newRig(t, brokersOf(t))
	c := r.config()
	r.topic("two"+r.in, 2, nil)
	c.Inputs = []Input{{Topics: []string{"two" + r.in}}}
	r.open(c).Close()
	var set kadm.TopicsSet
	set.Add("two"+r.in, 0)
	if _, err := r.admin.DeleteOffsets(context.Background(), c.Group, set); err != nil {
		t.Fatal(err)
	}
	m, err := Open(context.Background(), c)
	if !errors.Is(err, transport.ErrPosition) || !strings.Contains(err.Error(), "two"+r.in+"[0]") {
		t.Errorf("error %v, want one that names the partition without a position", err)
	}
	if err == nil {
		m.Close()
	}
}
