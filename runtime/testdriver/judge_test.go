package testdriver

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/anabranch-go/anabranch/topology"
)

// someone, minor and poison are the events of the cases below: one goes through, one is dropped, one is rejected.
const three = `      signups:
        - {user_id: ada, age: 20, marketing_opt_in: true, country: DE}
        - {user_id: bob, age: 15, marketing_opt_in: true, country: DE}
        - {$key: eve, $value: {$raw: AAEC}, $time: 2026-03-01T00:00:00Z, $headers: {source: web}}
`

// right is an expectation that holds for the three.
const right = "audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: 1"

// TestJudgement: each expectation of the three events, and what is said to be wrong with it.
func TestJudgement(t *testing.T) {
	for expect, want := range map[string]string{
		right: "",
		"audit: any, by_user: any, dropped: {eligible: any}, dead_letter: any":                                                      "",
		"audit: 3, candidates: 3, adults: [{user_id: ada}], by_user: 1, dropped: {eligible: 1}, dead_letter: 1":                     "",
		"audit: 3, candidates: 2, by_user: 1, dropped: {eligible: 1}, dead_letter: 1":                                               "candidates: expected 2 events, got 3",
		"audit: 3, by_user: 1, dead_letter: 1":                                                                                      "eligible: 1 event dropped, of which the test says nothing",
		"audit: 3, by_user: 1, dropped: {eligible: 2}, dead_letter: 1":                                                              "eligible: expected 2 events to be dropped, got 1",
		"audit: 3, by_user: 1, dropped: {eligible: 0}, dead_letter: 1":                                                              "eligible: expected 0 events to be dropped, got 1",
		"audit: 3, by_user: 1, dropped: {eligible: 1}":                                                                              "dead_letter: 1 dead letter, of which the test says nothing",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: 0":                                                              "dead_letter: expected 0 dead letters, got 1",
		"by_user: 1, dropped: {eligible: 1}, dead_letter: 1":                                                                        "audit: 3 events came out, of which the test says nothing",
		"audit: 4, by_user: 0, dropped: {eligible: 1}, dead_letter: 1":                                                              "audit: expected 4 events, got 3; by_user: expected 0 events, got 1",
		"audit: 3, by_user: [{user_id: ada, age: 20}], dropped: {eligible: 1}, dead_letter: 1":                                      "",
		"audit: 3, by_user: [{user_id: ada, age: 21}], dropped: {eligible: 1}, dead_letter: 1":                                      "by_user: expected 1 event, got 1, of which 0 right",
		"audit: 3, by_user: [{user_id: ada}, {user_id: bob}], dropped: {eligible: 1}, dead_letter: 1":                               "by_user: expected 2 events, got 1, of which 1 right",
		"audit: 3, by_user: [], dropped: {eligible: 1}, dead_letter: 1":                                                             "by_user: expected 0 events, got 1, of which 0 right",
		"audit: 3, by_user: {events: [{user_id: ada}], exact: true}, dropped: {eligible: 1}, dead_letter: 1":                        "by_user: expected 1 event, got 1, of which 0 right",
		"audit: 3, by_user: [{$key: ada}], dropped: {eligible: 1}, dead_letter: 1":                                                  "",
		"audit: 3, by_user: [{$key: bob}], dropped: {eligible: 1}, dead_letter: 1":                                                  "by_user: expected 1 event, got 1, of which 0 right",
		"audit: 3, by_user: [{$time: 2026-01-01T00:00:00Z}], dropped: {eligible: 1}, dead_letter: 1":                                "",
		"audit: 3, by_user: [{$time: 2026-01-01T00:00:01Z}], dropped: {eligible: 1}, dead_letter: 1":                                "by_user: expected 1 event, got 1, of which 0 right",
		"audit: 3, by_user: [{$partition: 4}], dropped: {eligible: 1}, dead_letter: 1":                                              "by_user: expected 1 event, got 1, of which 0 right",
		"audit: [{user_id: bob}, {user_id: ada}, {$value: {$raw: AAEC}}], by_user: 1, dropped: {eligible: 1}, dead_letter: 1":       "",
		"audit: [{user_id: bob}, {user_id: ada}, {$value: {$raw: AAED}}], by_user: 1, dropped: {eligible: 1}, dead_letter: 1":       "audit: expected 3 events, got 3, of which 2 right",
		"audit: [{user_id: bob}, {}, {$headers: {source: web}}], by_user: 1, dropped: {eligible: 1}, dead_letter: 1":                "",
		"audit: [{user_id: bob}, {}, {$headers: {source: app}}], by_user: 1, dropped: {eligible: 1}, dead_letter: 1":                "audit: expected 3 events, got 3, of which 2 right",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: [{operator: eligible, code: decode, key: eve, reason: length}]": "",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: [{operator: per_user}]":                                         "dead_letter: expected 1 dead letter, got 1, of which 0 right",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: [{code: tombstone}]":                                            "dead_letter: expected 1 dead letter, got 1, of which 0 right",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: [{reason: overflow}]":                                           "dead_letter: expected 1 dead letter, got 1, of which 0 right",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: [{headers: {source: app}}]":                                     "dead_letter: expected 1 dead letter, got 1, of which 0 right",
		"audit: 3, by_user: 1, dropped: {eligible: 1}, dead_letter: [{value: {$raw: AAEC}}]":                                        "",
	} {
		r := run(t, signup, three, expect)
		if got := said(r); got != want {
			t.Errorf("{%s}\n got %s\nwant %s", expect, got, want)
		}
	}
}

// run runs a test of given events with a few seeds.
func run(t testing.TB, file, given, expect string) Result {
	t.Helper()
	p := parse(t, file+"tests:\n  - name: it\n    given:\n"+given+"    expect: {"+expect+"}\n")
	return New(p).Run(&p.Tests[0], Seeds(5))
}

func said(r Result) string {
	var all []string
	for _, f := range r.Failures {
		all = append(all, f.Of+": "+f.What)
	}
	return strings.Join(all, "; ")
}

// TestStops: without dead letters the first rejection ends the run, and a test says so or fails.
func TestStops(t *testing.T) {
	file := strings.Replace(signup, "on_error: {dead_letter: signups.dlq}\n", "", 1)
	for expect, want := range map[string]string{
		"stops: eligible": "",
		"stops: per_user": "stops: expected operator per_user to stop the pipeline; eligible did",
		"audit: 3":        "stops: operator eligible rejects an event, which stops the pipeline: it has no dead letters",
	} {
		if got := said(run(t, file, three, expect)); got != want {
			t.Errorf("{%s}\n got %s\nwant %s", expect, got, want)
		}
	}
	calm := "      signups: [{user_id: ada, age: 20}]\n"
	if got := said(run(t, file, calm, "stops: eligible")); !strings.Contains(got, "it went to the end") {
		t.Errorf("got %s", got)
	}
}

const merging = `apiVersion: anabranch/v1
kind: Pipeline
name: both
streams:
  web: {topic: web, schema: signup.avsc, key: value.user_id, partitions: 1}
  app: {topic: app, schema: signup.avsc, key: value.user_id, partitions: 1}
  all: {topic: all, partitions: 1}
operators:
  union: {type: merger, from: [web, app], order: none, to: all}
`

// TestOrder: the order of one input holds with every seed, that across inputs with some.
func TestOrder(t *testing.T) {
	given := "      web: [{user_id: a}, {user_id: b}]\n      app: [{user_id: c}]\n"
	order := func(list string) Result {
		p := parse(t, merging+"tests:\n  - name: it\n    given:\n"+given+"    expect: {all: {events: ["+list+"], in_order: true}}\n")
		return New(p).Run(&p.Tests[0], Seeds(40))
	}
	if r := order("{user_id: b}, {user_id: a}, {user_id: c}"); r.Held != 0 || len(r.Failures) != 1 || r.Seed != 1 {
		t.Errorf("the wrong order: %+v", r)
	}
	if r := order("{user_id: a}, {user_id: c}, {user_id: b}"); r.OK() || r.Held == 0 || r.Held == 40 {
		t.Errorf("an order across inputs holds with %d of 40 seeds", r.Held)
	}
	if r := run(t, merging, given, "all: [{user_id: b}, {user_id: c}, {user_id: a}]"); !r.OK() {
		t.Errorf("a list without in_order: %s", said(r))
	}
}

// TestUnsaid: an expression that reads a field which nothing gives a value is told, one that is spared is not.
func TestUnsaid(t *testing.T) {
	r := run(t, signup, "      signups: [{user_id: a, marketing_opt_in: true}, {user_id: b, country: DE}]\n", "audit: 2, dropped: {eligible: 2}")
	want := []string{"eligible reads value.age, which line 20 does not give: it is 0 there"}
	if !r.OK() || !slices.Equal(r.Notes, want) {
		t.Errorf("%s; notes %q", said(r), r.Notes)
	}
}

// TestCoverage counts the ways of the three events, and names those that a fourth would take.
func TestCoverage(t *testing.T) {
	p := parse(t, signup+"tests:\n  - name: it\n    given:\n"+three+"    expect: {"+right+"}\n")
	d := New(p)
	d.Run(&p.Tests[0], Seeds(2))
	var got []string
	for _, w := range d.Coverage().Ways() {
		got = append(got, fmt.Sprintf("%s %s %d", w.Operator, w.Way, w.Events))
	}
	if want := "everyone audit 3, everyone candidates 3, eligible adults 1, eligible dropped 1, eligible rejected 1, per_user by_user 1"; strings.Join(got, ", ") != want {
		t.Errorf("got %s", strings.Join(got, ", "))
	}
	var never []string
	for _, w := range New(p).Coverage().Ways() {
		never = append(never, w.Never)
	}
	if !slices.Contains(never, "no test makes eligible drop an event") || !slices.Contains(never, "no test sends anything through per_user") {
		t.Errorf("got %q", never)
	}
}

// TestAssignIsLargest: where partners can be found for all, they are, however the lists are turned.
func TestAssignIsLargest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "n")
		var came []arrival
		var wanted []topology.Wanted
		for i := range n {
			came = append(came, arrival{key: fmt.Append(nil, i), partition: int32(rapid.IntRange(0, 2).Draw(t, "partition"))})
			w := topology.Wanted{Partition: -1}
			if rapid.Bool().Draw(t, "says the partition") {
				w.Partition = came[i].partition
			}
			if rapid.Bool().Draw(t, "says the key") {
				w.Key = &topology.Pattern{JSON: quote(fmt.Sprint(i))}
			}
			wanted = append(wanted, w)
		}
		came = rapid.Permutation(came).Draw(t, "came")
		wanted = rapid.Permutation(wanted).Draw(t, "wanted")
		matched, left := assign(wanted, came)
		if slices.Contains(matched, nobody) || len(left) > 0 {
			t.Fatalf("%v, left %v", matched, left)
		}
		for w, c := range matched {
			if differing(rows(&wanted[w], &came[c])) > 0 {
				t.Fatalf("%d got %d, which is not as it says", w, c)
			}
		}
	})
}
