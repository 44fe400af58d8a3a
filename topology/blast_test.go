package topology

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/anabranch-go/anabranch/schemas"
	"github.com/anabranch-go/anabranch/topology/diagnostic"
)

const blastFile = `apiVersion: anabranch/v1
kind: Pipeline
name: shop
streams:
  orders: {topic: orders, value: {schema: order.avsc, framing: FRAMING, compatibility: MODE}, key: value.user_id}
  web: {topic: web, value: {schema: order.avsc, framing: FRAMING}}
  copy: {topic: copy}
  paid: {topic: paid, value: {schema: order.avsc, framing: FRAMING}}
  all: {topic: all}
  odd: {topic: odd}
operators:
  c: {type: copier, from: orders, to: [copy, main]}
  large: {type: filter, from: main, where: 'value.quantity > 1 && value.plan != "FREE"', to: kept}
  plans:
    type: splitter
    from: kept
    match: value.plan
    cases: {FREE: odd, PRO: pro, ENTERPRISE: paid}
  both: {type: merger, from: [pro, web], order: none, to: all}
tests:
  - name: orders of professionals are kept
    given: {orders: [{id: a, user_id: u, amount: 1, quantity: 2, plan: PRO, price: "1.00", at: 2026-01-01T00:00:00Z, tags: []}]}
    expect: {copy: 1, all: 1}
`

// blast gives what changing a stream's schema by replacements would break.
func blast(t *testing.T, mode, framing string, streams []string, replace ...string) (*Blast, error) {
	t.Helper()
	old, err := schemas.Load("testdata/schemas/order.avsc")
	if err != nil {
		t.Fatal(err)
	}
	next, err := schemas.Parse([]byte(strings.NewReplacer(replace...).Replace(old.Text)))
	if err != nil {
		t.Fatal(err)
	}
	next.File = "new.avsc"
	changed := map[string]*schemas.Schema{}
	for _, s := range streams {
		changed[s] = next
	}
	text := strings.NewReplacer("MODE", mode, "FRAMING", framing).Replace(blastFile)
	return BlastOf("testdata/schemas/shop.yaml", []byte(text), testOptions(), changed)
}

// what lists what breaks, in short.
func what(b *Blast) string {
	var all []string
	for _, c := range b.Changes {
		all = append(all, fmt.Sprintf("%s %d %d ok=%v untold=%v", c.Stream, len(c.Verdict.Backward), len(c.Verdict.Forward), c.OK(), c.Untold != ""))
	}
	for _, p := range b.Broken {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s %s %s %.20s", p.Line, p.Code, p.Kind, p.Owner, p.Expression)))
	}
	return strings.Join(all, "\n")
}

func TestBlast(t *testing.T) {
	const quantity = `{"name": "quantity", "type": "int"},`
	both := []string{"orders", "web", "paid"}
	for name, c := range map[string]struct {
		mode, framing string
		streams       []string
		replace       []string
		want          string
	}{
		"nothing": {"full", "none", both, []string{"Order\"", "Order\", \"doc\": \"An order.\""},
			"orders 0 0 ok=true untold=false\nweb 0 0 ok=true untold=false\npaid 0 0 ok=true untold=false"},
		"a field more": {"backward", "confluent", both, []string{quantity, quantity + `{"name": "n", "type": "int", "default": 0},`},
			"orders 0 0 ok=true untold=false\nweb 0 0 ok=true untold=false\npaid 0 0 ok=true untold=false"},
		"a field more without framing": {"backward", "none", []string{"orders", "web", "paid"}, []string{quantity, quantity + `{"name": "n", "type": "int", "default": 0},`},
			"orders 0 0 ok=false untold=true\nweb 0 0 ok=false untold=true\npaid 0 0 ok=true untold=false"},
		"a field less": {"backward", "confluent", both, []string{quantity, ""},
			"orders 0 1 ok=true untold=false\nweb 0 1 ok=true untold=false\npaid 0 1 ok=true untold=false\n13 A0603 expression operator large value.quantity > 1 &\n22 A1002 test test orders of professionals are kept"},
		"forward too": {"full", "confluent", []string{"orders", "web", "paid"}, []string{quantity, ""},
			"orders 0 1 ok=false untold=false\nweb 0 1 ok=true untold=false\npaid 0 1 ok=true untold=false\n13 A0603 expression operator large value.quantity > 1 &\n22 A1002 test test orders of professionals are kept"},
		"forward alone": {"forward", "confluent", []string{"orders"}, []string{quantity, quantity + `{"name": "n", "type": "int"},`},
			"orders 1 0 ok=true untold=false\n19 A0503 operator operator both"},
		"forward broken": {"forward", "confluent", both, []string{`"ENTERPRISE"]`, `"ENTERPRISE", "TEAM"]`},
			"orders 0 1 ok=false untold=false\nweb 0 1 ok=true untold=false\npaid 0 1 ok=true untold=false\n17 A0705 operator operator plans"},
		"one stream alone": {"backward", "confluent", []string{"orders"}, []string{`"ENTERPRISE"`, `"TEAM"`},
			"orders 1 1 ok=false untold=false\n8 A0502 stream stream paid\n18 A0706 operator operator plans\n19 A0503 operator operator both"},
		"an output alone": {"backward", "confluent", []string{"paid"}, []string{quantity, quantity + `{"name": "n", "type": "int"},`},
			"paid 1 0 ok=false untold=false\n8 A0502 stream stream paid"},
		"no demands": {"none", "confluent", []string{"orders", "web", "paid"}, []string{`"name": "amount", "type": "double"`, `"name": "amount", "type": "boolean"`},
			"orders 1 1 ok=true untold=false\nweb 1 1 ok=false untold=false\npaid 1 1 ok=false untold=false\n22 A1002 test test orders of professionals are kept"},
	} {
		b, err := blast(t, c.mode, c.framing, c.streams, c.replace...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := what(b); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
		if want := !strings.Contains(c.want, "ok=false") && len(b.Broken) == 0; b.OK() != want {
			t.Errorf("%s: ok is %v", name, b.OK())
		}
	}
}

func TestBlastOfTheWrongStream(t *testing.T) {
	for stream, want := range map[string]string{
		"copy":  "stream copy declares no schema: its type is that of stream orders",
		"ordrs": "no stream ordrs has a schema; did you mean `orders`?",
	} {
		if _, err := blast(t, "none", "none", []string{stream}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := blast(t, "sideways", "none", []string{"orders"}); !errors.As(err, &diagnostic.Problems{}) {
		t.Errorf("of a wrong file: %v", err)
	}
}

func TestBlastTellsWhatIsMistaken(t *testing.T) {
	b, err := blast(t, "backward", "confluent", []string{"orders"}, "timestamp-millis", "timestamp-micros")
	if err != nil {
		t.Fatal(err)
	}
	c := b.Changes[0]
	if len(c.Mistaken) != 1 || c.Mistaken[0].Path != "at" || strings.Join(c.Carried, " ") != "copy main kept odd pro all" {
		t.Errorf("%v, carried by %v", c.Mistaken, c.Carried)
	}
}
