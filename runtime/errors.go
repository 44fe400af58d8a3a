package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/anabranch-go/anabranch/runtime/transport"
)

// final tells whether err would only come again: it is not retried.
func final(err error) bool {
	for _, kind := range []error{
		ErrRejected, ErrTolerance, ErrTopics, ErrOptions,
		transport.ErrFenced, transport.ErrUnreachable, transport.ErrPosition, transport.ErrDenied, transport.ErrUnreadable,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// quiet keeps an error to itself that is only the echo of the worker being asked to leave.
func quiet(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// panicked is the error of a panic outside of the operators' code.
func panicked(sub string, v any) error {
	return fmt.Errorf("run %s: internal error, please report it: panic: %v\n%s", sub, v, debug.Stack())
}
