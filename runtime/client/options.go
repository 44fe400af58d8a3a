package client

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/topology"
)

// DialTimeout bounds how long one connection may take to be made, TLS handshake included.
const DialTimeout = 10 * time.Second

// Dial opens a connection to a broker at host, which is host:port.
type Dial func(ctx context.Context, network, host string) (net.Conn, error)

// Options gives the options of a Kafka client for the cluster k. A nil dial opens plain TCP connections; TLS is put on
// top of whatever dial opens. The certificate files are read here, so that a mistake in them is an error now, and
// again for each new connection, so that a renewed certificate is used without a restart.
func Options(k topology.Kafka, dial func(ctx context.Context, network, host string) (net.Conn, error)) ([]kgo.Opt, error) {
	if len(k.Brokers) == 0 {
		return nil, fmt.Errorf("connect to Kafka: no broker is named; say `kafka: {brokers: [host:port]}`")
	}
	connect := Dial(dial)
	if connect == nil {
		connect = (&net.Dialer{Timeout: DialTimeout}).DialContext
	}
	if k.TLS != nil {
		if _, err := tlsConfig(k.TLS); err != nil {
			return nil, err
		}
		connect = overTLS(k.TLS, connect)
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(k.Brokers...),
		kgo.Dialer(connect),
		kgo.SoftwareNameAndVersion("anabranch", version()),
		Log(slog.Default()),
	}
	if k.SASL != nil {
		mechanism, err := mechanism(k.SASL)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

// version is the version of the program's main module, in the characters that KIP-511 allows.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	v := []byte(info.Main.Version)
	for i, c := range v {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.') {
			v[i] = '-'
		}
	}
	return string(v)
}
