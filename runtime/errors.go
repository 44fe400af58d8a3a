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
		ErrRejected, ErrTolerance, ErrTopics, ErrOptions, ErrChanged,
		transport.ErrFenced, transport.ErrUnreachable, transport.ErrPosition, transport.ErrDenied, transport.ErrUnreadable, transport.ErrTooOld,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// echo tells whether err is no more than what being asked to leave made of something that would have been tried again.
func echo(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || !final(err))
}

// panicked is the error of a panic outside of the operators' code.
func panicked(sub string, v any) error {
	return fmt.Errorf("run %s: internal error, please report it: panic: %v\n%s", sub, v, debug.Stack())
}
