package client

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/anabranch-go/anabranch/topology"
)

// mechanism gives the SASL mechanism that s names, with its user and password.
func mechanism(s *topology.SASL) (sasl.Mechanism, error) {
	user, password := s.User, s.Password.Reveal()
	switch s.Mechanism {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("connect to Kafka: no SASL mechanism %q; have PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", s.Mechanism)
}
