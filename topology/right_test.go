package topology

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRight loads every file of testdata/right: no false alarm, and no warning but where the name of the file says so.
func TestRight(t *testing.T) {
	files, err := filepath.Glob("testdata/right/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		p, err := Load(file, testOptions())
		if err != nil {
			t.Errorf("%s:\n%v", file, err)
			continue
		}
		if warned := strings.Contains(file, "warning"); warned != (len(p.Warnings) > 0) {
			t.Errorf("%s: warnings %v", file, p.Warnings)
		}
	}
}

func TestKafka(t *testing.T) {
	o := testOptions()
	o.Secrets = true
	t.Chdir(t.TempDir())
	if err := os.WriteFile("password", []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rest := "streams: {in: {topic: in}, out: {topic: out}}\noperators: {c: {type: copier, from: in, to: out}}\n"
	kafka := "kafka: {brokers: ['${BROKERS}'], tls: {ca: ca.pem}, sasl: {mechanism: SCRAM-SHA-512, user: svc, password: {%s}}}\n"
	p, err := Parse("dir/x.yaml", fmt.Appendf(nil, head+kafka+rest, "fromFile: ../password"), o)
	if err != nil {
		t.Fatal(err)
	}
	k := p.Kafka
	if fmt.Sprint(k.Brokers) != "[one:9092 two:9092]" || k.TLS.CA != filepath.Join("dir", "ca.pem") || k.SASL.Password.Reveal() != "hunter2" {
		t.Errorf("got %+v %+v", k, k.TLS)
	}
	if shown := fmt.Sprintf("%v %+v %#v", k.SASL, *k.SASL, k.SASL.Password); strings.Contains(shown, "hunter2") {
		t.Errorf("the password is printed: %s", shown)
	}
	_, err = Parse("dir/x.yaml", fmt.Appendf(nil, head+kafka+rest, "fromEnv: NOWHERE"), o)
	if err == nil || !strings.Contains(err.Error(), "A0905") {
		t.Errorf("a missing secret gives %v", err)
	}
	o.Secrets = false
	if _, err = Parse("dir/x.yaml", fmt.Appendf(nil, head+kafka+rest, "fromEnv: NOWHERE"), o); err != nil {
		t.Errorf("check needs no secrets, and gives %v", err)
	}
}

func TestDefaultsAndValues(t *testing.T) {
	p, err := Load("testdata/right/everything.yaml", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	if p.OnError.Retry != (Retry{Attempts: 5, Initial: 100 * time.Millisecond, Max: 5 * time.Second, Jitter: 0.2}) || p.OnError.Tolerance != 0.01 {
		t.Errorf("on_error %+v", p.OnError)
	}
	byName := map[string]*Stream{}
	for _, s := range p.Streams {
		byName[s.Name] = s
	}
	both := byName["both"]
	if fmt.Sprint(both.Topics) != "[in.a in.b]" || both.Managed || both.Partitions != 6 || !both.Start.At.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("stream both %+v", both)
	}
	if out := byName["out"]; out.Topic() != "cost5.out" || out.Config["retention.ms"] != "604800000" {
		t.Errorf("stream out %+v", out)
	}
	if p.Revision == "" || len(p.Revision) != 12 {
		t.Errorf("revision %q", p.Revision)
	}
}

// TestRevision changes with the file and with a schema, and with nothing else.
func TestRevision(t *testing.T) {
	t.Chdir(t.TempDir())
	schema := func(doc string) {
		if err := os.WriteFile("s.avsc", []byte(`{"type": "record", "name": "R", "doc": "`+doc+`", "fields": []}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := head + "streams: {in: {topic: in, schema: s.avsc}, out: {topic: out}}\noperators: {c: {type: copier, from: in, to: out}}\n"
	schema("one")
	first, again := parseAt(t, text), parseAt(t, text)
	if first != again {
		t.Error("the same file has two revisions")
	}
	if parseAt(t, text+"# more\n") == first {
		t.Error("another file has the same revision")
	}
	schema("two")
	if parseAt(t, text) == first {
		t.Error("another schema has the same revision")
	}
}

func parseAt(t *testing.T, text string) string {
	t.Helper()
	p, err := Parse("x.yaml", []byte(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Revision
}
