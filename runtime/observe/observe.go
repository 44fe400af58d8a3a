// Package observe serves what a worker says of itself over HTTP: /metrics for Prometheus, /livez and /readyz for
// Kubernetes, and /healthz as another name of /readyz.
package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Status is the answer to a probe: whether all is well, and the detail that is sent as JSON.
type Status func() (ok bool, detail any)

// Server is a running HTTP server.
type Server struct {
	http *http.Server
	addr net.Addr
	done chan struct{}
}

// Limits of what a client may send and how long it may take.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 10 * time.Second
	idleTimeout    = time.Minute
	writeTimeout   = 30 * time.Second
	headerBytes    = 16 << 10
	connectionsMax = 64
	closeTimeout   = 2 * time.Second
)

// Listen serves on address at once. An address without a host listens on the loopback interface only, since metrics
// are not for everybody: 0.0.0.0:PORT is for all interfaces.
func Listen(address string, metrics prometheus.Gatherer, live, ready Status) (*Server, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; want host:port or :port", address, err)
	}
	if host == "" {
		host = "localhost"
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen for /metrics and probes: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("GET /livez", answer(live))
	mux.HandleFunc("GET /readyz", answer(ready))
	mux.HandleFunc("GET /healthz", answer(ready))
	s := &Server{addr: listener.Addr(), done: make(chan struct{}), http: &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, WriteTimeout: writeTimeout, MaxHeaderBytes: headerBytes,
	}}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(bound(listener, connectionsMax)) // it ends by Close; until then there is nothing that could fail it
	}()
	return s, nil
}

// Addr is the address that is listened on, with the port that :0 has become.
func (s *Server) Addr() string { return s.addr.String() }

// Close ends the server; requests at work get a moment to end.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.done
	return err
}

// answer sends 200 or 503 with the detail as JSON.
func answer(status Status) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		ok, detail := status()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !ok {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(detail) // a client that went away is no matter
	}
}
