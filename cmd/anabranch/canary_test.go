package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// canary is a password that must be seen nowhere.
const canary = "CanaryInTheCoalMine-7f3a9c"

// canaryFile is a pipeline with %s brokers, mechanism and password; keys of three letters are poison.
const canaryFile = `apiVersion: anabranch/v1
kind: Pipeline
name: mine
kafka: {brokers: ["%s"], sasl: {mechanism: %s, user: svc, password: %s}}
streams:
  in: {topic: in, value: {format: bytes}, key: {format: string}, partitions: 1}
  out: {topic: out, partitions: 1}
operators:
  some: {type: filter, from: in, where: 'key != null && size(key) < 100 / (size(key) - 3)', to: out}
on_error: {dead_letter: dlq}
`

// mine is a guarded broker, and a pipeline file for it. Whatever is said of them is searched.
type mine struct {
	*testing.T
	file  string
	admin *kgo.Client
	shown int // texts that were searched
}

// newMine starts a broker whose user svc has the canary for a password.
func newMine(t *testing.T, mechanism, password string) *mine {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(mechanism, "svc", canary), kfake.Superuser("PLAIN", "admin", "admin"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	admin, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.SASL(plain.Auth{User: "admin", Pass: "admin"}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	m := &mine{T: t, file: filepath.Join(t.TempDir(), "mine.yaml"), admin: admin}
	m.write(fmt.Sprintf(canaryFile, c.ListenAddrs()[0], mechanism, password))
	return m
}

func (m *mine) write(text string) {
	m.Helper()
	if err := os.WriteFile(m.file, []byte(text), 0o600); err != nil {
		m.Fatal(err)
	}
}

// search fails the test where text holds the canary, as it is or encoded.
func (m *mine) search(what string, text []byte) {
	m.Helper()
	m.shown++
	for _, form := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary))[:32], hex.EncodeToString([]byte(canary)), "\x00svc\x00"} {
		if bytes.Contains(text, []byte(form)) {
			m.Errorf("%s shows the password:\n%s", what, text)
		}
	}
}

// command runs anabranch to its end with the file behind the command's name, and searches what it says.
func (m *mine) command(code int, name string, args ...string) {
	m.Helper()
	command := exec.CommandContext(m.Context(), "anabranch", append([]string{name, m.file}, args...)...)
	said, _ := command.CombinedOutput()
	m.search(name+" "+strings.Join(args, " "), said)
	if got := command.ProcessState.ExitCode(); got != code {
		m.Errorf("%s %v exits with %d, want %d:\n%s", name, args, got, code, said)
	}
}

// feed writes a record that passes and one that is poison.
func (m *mine) feed() {
	m.Helper()
	for _, key := range []string{"abcd", "abc"} {
		if err := m.admin.ProduceSync(m.Context(), &kgo.Record{Topic: "in", Key: []byte(key)}).FirstErr(); err != nil {
			m.Fatal(err)
		}
	}
}

// deadLetters searches n dead letters.
func (m *mine) deadLetters(n int) {
	m.Helper()
	ctx, cancel := context.WithTimeout(m.Context(), time.Minute)
	defer cancel()
	m.admin.AddConsumePartitions(map[string]map[int32]kgo.Offset{"dlq": {0: kgo.NewOffset().AtStart()}})
	for n > 0 {
		fetches := m.admin.PollFetches(ctx)
		if ctx.Err() != nil {
			m.Fatalf("%d dead letters are missing", n)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			m.search("a dead letter", fmt.Appendf(nil, "%s %s %s", r.Key, r.Value, r.Headers))
			n--
		})
	}
}

func TestPasswordIsNeverShown(t *testing.T) {
	t.Setenv("MINE_PASSWORD", canary)
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ mechanism, password string }{
		"PLAIN from the environment": {"PLAIN", "{fromEnv: MINE_PASSWORD}"},
		"SCRAM from a file":          {"SCRAM-SHA-512", "{fromFile: " + secret + "}"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMine(t, c.mechanism, c.password)
			m.command(0, "check")
			m.command(0, "check", "-o", "json")
			for _, form := range []string{"mermaid", "dot", "svg", "json"} {
				m.command(0, "graph", "-o", form)
			}
			for _, form := range []string{"human", "json", "commands"} {
				m.command(0, "acls", "-o", form)
			}
			if _, err := kadm.NewClient(m.admin).CreateTopics(t.Context(), 1, 1, nil, "in", "out", "dlq"); err != nil {
				t.Fatal(err)
			}
			for _, log := range []string{"text", "json"} {
				m.feed()
				m.command(0, "run", "--until-end", "--log-level", "debug", "--log-format", log, "-o", "json", "--out", "dead_letter="+filepath.Join(t.TempDir(), "dead"))
				m.deadLetters(1)
			}
			m.serve()
		})
	}
}

// A login that fails says whose it was, never with what.
func TestWrongPasswordIsNeverShown(t *testing.T) {
	t.Setenv("MINE_PASSWORD", canary+" but wrong")
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256"} {
		t.Run(mechanism, func(t *testing.T) {
			m := newMine(t, mechanism, "{fromEnv: MINE_PASSWORD}")
			for _, log := range []string{"text", "json"} {
				m.command(69, "run", "--until-end", "--log-level", "debug", "--log-format", log)
			}
		})
	}
}

// A password that stands in the file against the rules is refused, and not shown with the line that is wrong.
func TestPasswordInTheFileIsNeverShown(t *testing.T) {
	for _, literal := range []string{
		canary, "'" + canary + "'", `"` + canary + `"`, `"` + canary, "[" + canary + "]", "{from: " + canary + "}", "{fromEnv: A, " + canary + ": x}",
		"!secret " + canary, "&p " + canary, "*" + canary, "${" + canary, "${X" + canary + "}", "|\n    " + canary, ">-\n    " + canary, "\n    " + canary,
		canary + ": x", "? " + canary, "@" + canary, "%" + canary, "- " + canary, "two words\n    " + canary,
	} {
		t.Run("", func(t *testing.T) {
			m := &mine{T: t, file: filepath.Join(t.TempDir(), "mine.yaml")}
			text := fmt.Sprintf(canaryFile, "localhost:1", "PLAIN", "PLACE")
			flow := strings.Replace(text, "PLACE", literal, 1)
			block := strings.Replace(text, `sasl: {mechanism: PLAIN, user: svc, password: PLACE}}`, `X`, 1)
			block = regexp.MustCompile(`kafka: .*`).ReplaceAllLiteralString(block, "kafka:\n  brokers: [\"localhost:1\"]\n  sasl:\n    mechanism: PLAIN\n    user: svc\n    password: "+literal)
			for _, text := range []string{flow, block} {
				m.write(text)
				m.command(78, "check")
				m.command(78, "check", "-o", "json")
				m.command(78, "run")
			}
		})
	}
}

// serve runs the pipeline until it is ready, and searches what it serves and logs.
func (m *mine) serve() {
	m.Helper()
	command := exec.CommandContext(m.Context(), "anabranch", "run", m.file, "--listen", "127.0.0.1:0", "--log-level", "debug")
	stderr, err := command.StderrPipe()
	if err != nil {
		m.Fatal(err)
	}
	if err := command.Start(); err != nil {
		m.Fatal(err)
	}
	lines, address, said := bufio.NewScanner(stderr), "", bytes.Buffer{}
	for address == "" && lines.Scan() {
		fmt.Fprintln(&said, lines.Text())
		if found := regexp.MustCompile(`msg=listening addr=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			address = found[1]
		}
	}
	for _, path := range []string{"/readyz", "/livez", "/healthz", "/metrics", "/config", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/vars"} {
		m.search(path, m.get("http://"+address+path))
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		m.Fatal(err)
	}
	for lines.Scan() {
		fmt.Fprintln(&said, lines.Text())
	}
	m.search("the log", said.Bytes())
	if err := command.Wait(); err != nil {
		m.Error(err)
	}
}

// get asks until the answer to /readyz is that all is well; any answer of another path will do.
func (m *mine) get(url string) []byte {
	m.Helper()
	for {
		response, err := http.Get(url)
		if err != nil {
			m.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			m.Fatal(err)
		}
		if response.StatusCode != http.StatusServiceUnavailable {
			if debug := strings.Contains(url, "/debug/"); debug != (response.StatusCode == http.StatusNotFound) && !strings.HasSuffix(url, "/config") {
				m.Errorf("%s answers %s", url, response.Status)
			}
			return append([]byte(fmt.Sprint(response.Header)), body...)
		}
	}
}
