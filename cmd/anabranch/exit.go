package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/plan"
	"github.com/anabranch-go/anabranch/runtime/records"
	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

// The exit codes, as in sysexits.h. 2 is never used: a Go panic exits with it.
const (
	exitUsage       = 64
	exitData        = 65
	exitUnreachable = 69
	exitInternal    = 70
	exitTemporary   = 75
	exitConfig      = 78
)

// usage is a command line that is wrong.
type usage struct {
	err  error
	help string // the command whose --help says what would be right
}

func (u *usage) Error() string { return u.err.Error() }
func (u *usage) Unwrap() error { return u.err }

// usagef makes a usage error.
func usagef(format string, args ...any) error { return &usage{err: fmt.Errorf(format, args...)} }

// status is an exit code for what has been told already, or is told by err.
type status struct {
	code int
	err  error // nil: nothing more to say
}

func (s *status) Error() string {
	if s.err == nil {
		return ""
	}
	return s.err.Error()
}
func (s *status) Unwrap() error { return s.err }

// exitCode gives the exit code that err calls for.
func exitCode(err error) int {
	var wrong *usage
	var told *status
	var problems diagnostic.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &told):
		return told.code
	case errors.As(err, &wrong), errors.Is(err, runtime.ErrOptions):
		return exitUsage
	case errors.As(err, &problems), errors.Is(err, runtime.ErrTopics), errors.Is(err, runtime.ErrChanged), errors.Is(err, transport.ErrDenied), errors.Is(err, transport.ErrTooOld):
		return exitConfig
	case errors.Is(err, runtime.ErrRejected), errors.Is(err, runtime.ErrTolerance), errors.Is(err, transport.ErrPosition), errors.Is(err, transport.ErrUnreadable):
		return exitData
	case errors.Is(err, transport.ErrUnreachable):
		return exitUnreachable
	case errors.Is(err, transport.ErrFenced), errors.Is(err, plan.ErrNotReady), errors.Is(err, plan.ErrStale),
		errors.Is(err, records.ErrOpen), errors.Is(err, kerr.UnstableOffsetCommit):
		return exitTemporary
	}
	return exitInternal
}

// complain tells err on standard error.
func complain(err error) {
	var problems diagnostic.Problems
	if errors.As(err, &problems) {
		printProblems(os.Stderr, coloured(os.Stderr), problems)
		return
	}
	fmt.Fprintf(os.Stderr, "anabranch: %v\n", err)
	var wrong *usage
	if errors.As(err, &wrong) && wrong.help != "" {
		fmt.Fprintf(os.Stderr, "Run '%s --help' for what it takes.\n", wrong.help)
	}
}
