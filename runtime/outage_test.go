package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/anabranch-go/anabranch/runtime"
	"github.com/anabranch-go/anabranch/runtime/embedded"
	"github.com/anabranch-go/anabranch/runtime/transport"
)

// A record that one topic takes and another does not becomes a dead letter of the operator that writes the other.
func TestRefusedByTheBroker(t *testing.T) {
	r := newRiver(t)
	r.create("signups", 4)
	small := "300"
	if _, err := kadm.NewClient(r.Client).CreateTopic(t.Context(), 8, 1, map[string]*string{"max.message.bytes": &small}, "by-user"); err != nil {
		t.Fatal(err)
	}
	r.produce("signups", 0, 2*users, users)
	big := &kgo.Record{Topic: "signups", Key: []byte("user-5"), Value: []byte(strings.Repeat("x", 5000))}
	if err := r.ProduceSync(t.Context(), big).FirstErr(); err != nil {
		t.Fatal(err)
	}
	w := r.worker(r.load(signupFile), "a", true)
	if err := w.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "by-user", values(r.committed("by-user")), wanted(2*users, users, eligible))
	letters := r.committed("signups.dlq")
	if len(letters) != 1 || string(letters[0].Value) != string(big.Value) {
		t.Fatalf("%d dead letters", len(letters))
	}
	s := w.Report().Subs[0]
	if o := s.Operators[2]; o.Dead != 1 || o.Passed != 200 || len(r.committed("audit")) != 2*users+1 {
		t.Errorf("balance %+v", o)
	}
}

func TestMissingTopicsAreNamed(t *testing.T) {
	r := newRiver(t)
	w, err := runtime.New(r.load(signupFile), runtime.Options{Instance: "a", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); !errors.Is(err, runtime.ErrTopics) || !strings.Contains(err.Error(), "signups, audit, by-user, signups.dlq (--create-topics") {
		t.Error(err)
	}
}

func TestNoBroker(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := &river{t: t, addrs: []string{l.Addr().String()}}
	if err := r.worker(r.load(signupFile), "a", true).Run(t.Context()); !errors.Is(err, transport.ErrUnreachable) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Error(err)
	}
}

func TestListenAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := &river{t: t, addrs: []string{"127.0.0.1:1"}}
	w, err := runtime.New(r.load(signupFile), runtime.Options{Instance: "a", Listen: l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run(t.Context()); !errors.Is(err, runtime.ErrOptions) {
		t.Error(err)
	}
}

// A broker that goes away makes the worker not ready and alive; it leaves when it is asked to all the same.
func TestOutageAndHealth(t *testing.T) {
	b, err := embedded.Start()
	if err != nil {
		t.Fatal(err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...))
	if err != nil {
		t.Fatal(err)
	}
	r := &river{t, b.Addrs(), cl}
	r.create("signups", 4)
	r.produce("signups", 0, users, users)
	cl.Close()
	listen := freeAddr(t)
	w, err := runtime.New(r.load(signupFile), runtime.Options{Instance: "a", Listen: listen, CreateTopics: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	running, leave := context.WithCancel(ctx)
	left := make(chan error, 1)
	go func() { left <- w.Run(running) }()

	if !until(ctx, func() bool { return probe(listen, "/readyz").Ok && w.Report().Subs[0].Records == users }) {
		t.Fatal("never ready")
	}
	if s := probe(listen, "/readyz").Subs[0]; s.State != "running" || len(s.Tasks) != 4 {
		t.Errorf("status %+v", s)
	}
	text := get(listen, "/metrics")
	for _, want := range []string{
		`anabranch_input_records_total{pipeline="signup",sub="signups"} 300`,
		`anabranch_input_lag_records{partition="3",pipeline="signup",sub="signups",topic="signups"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	b.Close()
	if !until(ctx, func() bool { return !probe(listen, "/readyz").Ok }) {
		t.Fatal("ready without a broker")
	}
	if s := probe(listen, "/readyz").Subs[0]; s.Reason == "" {
		t.Errorf("status %+v", s)
	}
	if !probe(listen, "/livez").Ok {
		t.Error("not alive without a broker")
	}
	leave()
	if err := <-left; err != nil {
		t.Error(err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

type answer struct {
	Ok        bool
	Guarantee string
	Subs      []struct {
		State, Reason string
		Tasks         []int32
	}
}

func probe(addr, path string) (a answer) {
	if json.Unmarshal([]byte(get(addr, path)), &a) != nil {
		return answer{}
	}
	return a
}

func get(addr, path string) string {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + addr + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	return string(text)
}
