package observe

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func get(t *testing.T, s *Server, path string) (int, string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServes(t *testing.T) {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "anabranch_test_total"})
	registry.MustRegister(counter)
	counter.Add(3)
	s, err := Listen(":0", registry,
		func() (bool, any) { return true, map[string]bool{"live": true} },
		func() (bool, any) { return false, map[string]string{"why": "no broker"} })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/metrics": {200, "anabranch_test_total 3"},
		"/livez":   {200, `{"live":true}`},
		"/readyz":  {503, `{"why":"no broker"}`},
		"/healthz": {503, `{"why":"no broker"}`},
		"/other":   {404, ""},

		"/debug/pprof/":        {404, ""},
		"/debug/pprof/cmdline": {404, ""},
		"/debug/vars":          {404, ""},
	} {
		if code, body := get(t, s, path); code != want.code || !strings.Contains(body, want.text) {
			t.Errorf("%s: got %d %q, want %d %q", path, code, body, want.code, want.text)
		}
	}
	if !strings.HasPrefix(s.Addr(), "127.0.0.1:") && !strings.HasPrefix(s.Addr(), "[::1]:") {
		t.Errorf("an address without host listens on %s", s.Addr())
	}
}

func TestListenRefuses(t *testing.T) {
	s, err := Listen("127.0.0.1:0", prometheus.NewRegistry(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, address := range []string{s.Addr(), "8080", "localhost:nowhere"} {
		if other, err := Listen(address, prometheus.NewRegistry(), nil, nil); err == nil {
			other.Close()
			t.Errorf("%q was taken", address)
		}
	}
}

func TestWhatAClientMaySendIsBounded(t *testing.T) {
	s, err := Listen(":0", prometheus.NewRegistry(), nil, func() (bool, any) { return true, nil })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	req, err := http.NewRequest(http.MethodGet, "http://"+s.Addr()+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("x", 2*headerBytes))
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long headers: %s", resp.Status)
	}
	if s.http.ReadHeaderTimeout == 0 || s.http.ReadTimeout == 0 || s.http.WriteTimeout == 0 || s.http.IdleTimeout == 0 {
		t.Errorf("a client may take for ever: %+v", s.http)
	}
}

// Connections that say nothing take slots, and no more than there are; one that is closed makes room.
func TestConnectionsAreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := bound(inner, 2)
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- conn
		}
	}()
	var first net.Conn
	for i := range 3 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i < 2 {
			first = <-accepted
			defer first.Close()
		}
	}
	if len(l.slots) != 2 {
		t.Fatalf("%d connections are served", len(l.slots))
	}
	first.Close()
	first.Close() // gives one slot back, not two
	(<-accepted).Close()
	l.Close()
	for conn := range accepted {
		conn.Close()
	}
}
