package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime/transport"
	"github.com/anabranch-go/anabranch/topology"
)

// Unreachable is why a cluster cannot be used. It is transport.ErrUnreachable to errors.Is.
type Unreachable struct {
	Brokers []BrokerError
	// Advertised tells that the brokers of the file answered, and these are the addresses which they sent us to.
	Advertised bool
}

// BrokerError is why one broker cannot be used.
type BrokerError struct {
	Addr   string
	Reason string // in plain words
	Advice string // what to try; may be empty
	Err    error

	closed bool // it takes connections and closes them without a word
}

// Closed tells whether all brokers take connections and close them without a word: they may expect TLS, or a proxy stands
// there whose broker is away, which passes.
func (u *Unreachable) Closed() bool {
	for _, b := range u.Brokers {
		if !b.closed {
			return false
		}
	}
	return len(u.Brokers) > 0
}

// Error names each broker with its reason, then says what to try.
func (u *Unreachable) Error() string {
	var text strings.Builder
	text.WriteString("cannot reach Kafka: ")
	if u.Advertised {
		text.WriteString("it answers, but sends clients on to addresses that do not (advertised.listeners of the brokers): ")
	}
	var advice []string
	said := map[string]bool{}
	for i, b := range u.Brokers {
		if i > 0 {
			text.WriteString("; ")
		}
		fmt.Fprintf(&text, "%s: %s", b.Addr, b.Reason)
		if b.Advice != "" && !said[b.Advice] {
			said[b.Advice] = true
			advice = append(advice, b.Advice)
		}
	}
	for _, a := range advice {
		text.WriteString("; " + a)
	}
	return text.String()
}

// Unwrap gives transport.ErrUnreachable and each broker's own error.
func (u *Unreachable) Unwrap() []error {
	errs := []error{transport.ErrUnreachable}
	for _, b := range u.Brokers {
		errs = append(errs, b.Err)
	}
	return errs
}

// explain finds the plain words for why a broker did not answer.
func explain(k topology.Kafka, addr string, err error) BrokerError {
	b := BrokerError{Addr: addr, Err: err}
	var (
		dns       *net.DNSError
		handshake *handshakeError
		eof       *kgo.ErrFirstReadEOF
	)
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed) || strings.Contains(err.Error(), "SASL_AUTHENTICATION_FAILED"):
		b.Reason, b.Advice = "authentication failed", "check `user` and `password` of `kafka: {sasl: …}`"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		b.Reason, b.Advice = "the broker does not offer this SASL mechanism", "check `mechanism` of `kafka: {sasl: …}`"
	case errors.As(err, &handshake):
		b.Reason, b.Advice = handshake.Error(), handshakeAdvice(handshake.err)
	case errors.As(err, &dns):
		b.Reason, b.Advice = "unknown host "+dns.Name, "check `kafka: {brokers: …}`"
	case errors.Is(err, syscall.ECONNREFUSED):
		b.Reason, b.Advice = "connection refused", "is Kafka running there, on that port?"
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		b.Reason, b.Advice = fmt.Sprintf("no answer within %s", ProbeTimeout), "does a firewall stand in between, or is this port not Kafka's?"
	case errors.As(err, &eof), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		b.Reason, b.Advice = closedAtOnce(k, err)
		b.closed = true
	default:
		b.Reason = err.Error()
	}
	return b
}

// closedAtOnce says why a broker closes a connection without an answer. Some do so after a wrong password.
func closedAtOnce(k topology.Kafka, err error) (reason, advice string) {
	if k.SASL != nil && !strings.Contains(err.Error(), "api versions") {
		return "authentication failed: it closed the connection", "check `user`, `password` and `mechanism` of `kafka: {sasl: …}`"
	}
	missing := "`kafka: {sasl: …}`"
	switch {
	case k.TLS == nil && k.SASL == nil:
		missing = "`kafka: {tls: …}` or `kafka: {sasl: …}`"
	case k.TLS == nil:
		missing = "`kafka: {tls: …}`"
	}
	return "it closed the connection at once", "does it expect " + missing + ", which the file does not have, or is it a proxy without a broker behind it?"
}

// handshakeAdvice says what to try after a TLS handshake that failed.
func handshakeAdvice(err error) string {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
	)
	switch {
	case errors.As(err, &authority):
		return "name the certificate authority of the brokers in `kafka: {tls: {ca: FILE}}`"
	case errors.As(err, &name):
		return "name the host of the certificate in `kafka: {tls: {server_name: …}}`"
	}
	return "is this port of the broker for TLS, and does it want a client certificate?"
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
