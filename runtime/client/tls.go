package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/anabranch-go/anabranch/topology"
)

// handshakeTimeout bounds a TLS handshake: a broker that does not speak TLS may keep silent for ever.
const handshakeTimeout = 5 * time.Second

// handshakeError is a TLS handshake that did not succeed with a broker that can be reached.
type handshakeError struct{ err error }

func (h *handshakeError) Error() string { return fmt.Sprintf("TLS handshake: %v", h.err) }
func (h *handshakeError) Unwrap() error { return h.err }

// overTLS puts TLS on the connections that dial opens. The files are read for each connection.
func overTLS(t *topology.TLS, dial Dial) Dial {
	return func(ctx context.Context, network, host string) (net.Conn, error) {
		config, err := tlsConfig(t)
		if err != nil {
			return nil, err
		}
		if config.ServerName == "" {
			name, _, err := net.SplitHostPort(host)
			if err != nil {
				return nil, fmt.Errorf("connect to %q: %w; it should be host:port", host, err)
			}
			config.ServerName = name
		}
		conn, err := dial(ctx, network, host)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
		defer cancel()
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, &handshakeError{err}
		}
		return secure, nil
	}
}

// tlsConfig reads the files that t names.
func tlsConfig(t *topology.TLS) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("read the certificate authority of `tls: ca:`: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read the certificate authority of `tls: ca:`: %s holds no PEM certificate", t.CA)
		}
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, fmt.Errorf("read the client certificate: `tls:` needs both `cert:` and `key:`, or neither")
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("read the client certificate of `tls: cert:` and `key:`: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
