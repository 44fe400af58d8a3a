package fingerprint

import "fmt"

// Class says what it takes to go from one revision to another. The greater one holds where several changes come together.
type Class uint8

// The classes, by what has to be done.
const (
	// None: no worker has to be restarted.
	None Class = iota
	// Rolling: workers are restarted one after the other; meanwhile those of both revisions share the tasks.
	Rolling
	// Drain: all workers stop; what stands between the old parts is read to its end first.
	Drain
	// Rebuild: even then what was written before does not fit what is written from now on, or it would be written twice.
	Rebuild
)

var classNames = [...]string{"none", "rolling", "drain", "rebuild"}

func (c Class) String() string { return classNames[c] }

// MarshalText writes the name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name.
func (c *Class) UnmarshalText(text []byte) error {
	for i, name := range classNames {
		if name == string(text) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("no class %q; have none, rolling, drain, rebuild", text)
}
