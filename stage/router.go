package stage

import "math/bits"

// Router chooses the ports that an event leaves by. It never changes the event and keeps nothing of it.
// No port drops the event; an error rejects it, and then no port counts.
// A Router is shared by tasks: it must be safe for concurrent use.
type Router[T any] interface {
	Route(*Event[T]) (Ports, error)
}

// RouterFunc makes a function a Router.
type RouterFunc[T any] func(*Event[T]) (Ports, error)

// Route calls f.
func (f RouterFunc[T]) Route(e *Event[T]) (Ports, error) { return f(e) }

// MaxPorts is how many ports one operator can have.
const MaxPorts = 64

// Ports is a set of port numbers below MaxPorts. The zero value is the empty set.
type Ports uint64

// Port is the set of port n alone, 0 ≤ n < MaxPorts.
func Port(n int) Ports { return 1 << n }

// FirstPorts is the set of the ports 0 to n-1; of all ports where n is MaxPorts or more.
func FirstPorts(n int) Ports {
	if n >= MaxPorts {
		return ^Ports(0)
	}
	return 1<<n - 1
}

// Has tells whether port n, which is not negative, is in the set.
func (p Ports) Has(n int) bool { return p&(1<<n) != 0 }

// Len is the number of ports in the set.
func (p Ports) Len() int { return bits.OnesCount64(uint64(p)) }
