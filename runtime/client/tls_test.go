package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/anabranch-go/anabranch/topology"
)

// authority makes a certificate for host that signs itself, as the server's configuration and as a CA file.
func authority(t *testing.T, host string) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

func TestProbeTLS(t *testing.T) {
	server, ca := authority(t, "kafka.test")
	_, other := authority(t, "kafka.test")
	addrs := broker(t, kfake.TLS(server))
	with := func(c *topology.TLS) topology.Kafka { return topology.Kafka{Brokers: addrs, TLS: c} }

	if err := probe(t, with(&topology.TLS{CA: ca, ServerName: "kafka.test"})); err != nil {
		t.Fatal(err)
	}
	refused(t, probe(t, with(&topology.TLS{CA: other, ServerName: "kafka.test"})), "TLS handshake", "tls: {ca:")
	refused(t, probe(t, with(&topology.TLS{CA: ca})), "TLS handshake", "server_name")
	refused(t, probe(t, topology.Kafka{Brokers: addrs}), "closed the connection", "tls")
}

func TestProbeTLSToPlainBroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Read(make([]byte, 1)) // Kafka gives up on what cannot be the size of a request
			conn.Close()
		}
	}()
	refused(t, probe(t, topology.Kafka{Brokers: []string{l.Addr().String()}, TLS: &topology.TLS{}}), "TLS handshake", "for TLS")
}

func TestCertificateIsReadForEachConnection(t *testing.T) {
	server, ca := authority(t, "kafka.test")
	k := topology.Kafka{Brokers: broker(t, kfake.TLS(server)), TLS: &topology.TLS{CA: ca, ServerName: "kafka.test"}}
	opts, err := Options(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, failed := askAll(t.Context(), k, opts, k.Brokers); len(failed) > 0 {
		t.Fatal(failed)
	}
	_, other := authority(t, "kafka.test")
	text, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, failed := askAll(t.Context(), k, opts, k.Brokers); len(failed) == 0 {
		t.Fatal("the new authority was not used")
	}
}

func TestOptionsRefuse(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	brokers := []string{"localhost:9092"}
	for want, k := range map[string]topology.Kafka{
		"no broker is named":          {},
		"no such file":                {Brokers: brokers, TLS: &topology.TLS{CA: "nowhere.pem"}},
		"holds no PEM certificate":    {Brokers: brokers, TLS: &topology.TLS{CA: empty}},
		"both `cert:` and `key:`":     {Brokers: brokers, TLS: &topology.TLS{Cert: "a.pem"}},
		"no SASL mechanism \"GUESS\"": {Brokers: brokers, SASL: &topology.SASL{Mechanism: "GUESS"}},
	} {
		if _, err := Options(k, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
