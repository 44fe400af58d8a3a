package testdriver

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/anabranch-go/anabranch/runtime/client"
	"github.com/anabranch-go/anabranch/topology"
)

// parse loads a pipeline file whose schemas stand in the folder of the examples.
func parse(t testing.TB, text string) *topology.Pipeline {
	t.Helper()
	p, err := topology.Parse("test.yaml", []byte(text), topology.Options{
		Env:         func(string) (string, bool) { return "", false },
		Partitioner: client.Partition,
		ReadFile: func(path string) ([]byte, error) {
			return os.ReadFile(filepath.Join("../../schemas", filepath.Base(path)))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const signup = `apiVersion: anabranch/v1
kind: Pipeline
name: signup
streams:
  signups: {topic: signups, schema: signup.avsc, key: value.user_id, partitions: 4}
  audit:   {topic: signups.audit, partitions: 4}
  by_user: {topic: signups.by-user, partitions: 8}
operators:
  everyone: {type: copier, from: signups, to: [audit, candidates]}
  eligible:
    type: filter
    from: candidates
    where: 'value.marketing_opt_in && value.age >= 18 && value.country in ["DE", "FR", "US"]'
    to: adults
  per_user: {type: sharder, from: adults, by: value.user_id, to: by_user}
on_error: {dead_letter: signups.dlq}
`

const minors = `tests:
  - name: minors and people who did not opt in are dropped
    given:
      signups:
        - {user_id: a, age: 20, marketing_opt_in: true, country: DE}
        - {user_id: b, age: 15, marketing_opt_in: true, country: DE}
    expect:
      audit: 2
      by_user: [{user_id: a}]
      dropped: {eligible: 1}
`

func TestDesignExample(t *testing.T) {
	p := parse(t, signup+minors)
	r := New(p).Run(&p.Tests[0], Seeds(SeedsDefault))
	if !r.OK() || r.Held != SeedsDefault || len(r.Notes) > 0 {
		t.Errorf("%+v", r)
	}
}

func BenchmarkRun(b *testing.B) {
	p := parse(b, signup+minors)
	d := New(p)
	for b.Loop() {
		if r := d.Run(&p.Tests[0], Seeds(SeedsDefault)); !r.OK() {
			b.Fatalf("%+v", r)
		}
	}
}
