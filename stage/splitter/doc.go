// Package splitter sends every event to one of several outputs: by a value (Match), by the first condition that is true
// (When), or by shares of a whole, the same for equal keys every time (Percent).
//
// Laws: the ports and what is rejected partition the input, in order. Percent: equal keys have equal ports, and widening
// the first share keeps everyone who was in it.
package splitter

import (
	"fmt"

	"github.com/anabranch-go/anabranch/stage"
)

// Reject stands for the port of a missing otherwise: an event for which nothing else was chosen is rejected.
const Reject = -1

func checkPort(port int, what string) error {
	if port < 0 || port >= stage.MaxPorts {
		return fmt.Errorf("%s leads to port %d; 0 to %d are possible", what, port, stage.MaxPorts-1)
	}
	return nil
}

func checkOtherwise(port int) error {
	if port == Reject {
		return nil
	}
	return checkPort(port, "otherwise")
}
