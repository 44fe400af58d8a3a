package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{usagef("x"), exitUsage},
		{runtime.ErrOptions, exitUsage},
		{runtime.ErrRejected, exitData},
		{runtime.ErrTolerance, exitData},
		{transport.ErrPosition, exitData},
		{&status{code: exitData, err: errRejectedLines}, exitData},
		{transport.ErrUnreachable, exitUnreachable},
		{errors.New("anything else"), exitInternal},
		{transport.ErrFenced, exitTemporary},
		{records.ErrOpen, exitTemporary},
		{kerr.UnstableOffsetCommit, exitTemporary},
		{diagnostic.Problems{{Code: "A0101"}}, exitConfig},
		{runtime.ErrTopics, exitConfig},
		{transport.ErrDenied, exitConfig},
		{transport.ErrTooOld, exitConfig},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
		if c.err != nil && exitCode(fmt.Errorf("run: %w", c.err)) != c.want {
			t.Errorf("%v, wrapped: want %d", c.err, c.want)
		}
	}
}
