package topology

import "log/slog"

// Secret is a value that is never printed: every way to print it gives ***.
type Secret struct{ value string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal gives the hidden value, for the one call that needs it.
func (s Secret) Reveal() string { return s.value }

func (s Secret) String() string { return "***" }

// GoString keeps %#v from printing the value.
func (s Secret) GoString() string { return "***" }

// MarshalJSON gives "***".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"***"`), nil }

// LogValue gives ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue("***") }
