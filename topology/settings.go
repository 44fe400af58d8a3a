package topology

import (
	"fmt"
	"strconv"
	"strings"
)

// Setting is one thing that the file says of an operator, in words of the file.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// settings are all that decides what an operator does with an event, but for its type and its streams: two operators of one
// type with equal settings and streams do the same. What the file leaves out is written with what it means.
func settings(op *operatorSpec) []Setting {
	var all []Setting
	say := func(name, value string) { all = append(all, Setting{name, value}) }
	if op.where.given() {
		say("where", op.where.source)
	}
	if op.match.given() {
		say("match", op.match.source)
		for i, c := range op.cases {
			say("case "+c.text, op.to[op.casePorts[i]].to.text)
		}
	}
	for i, w := range op.when {
		say(fmt.Sprintf("if %d", i+1), fmt.Sprintf("%s → %s", w.source, op.to[op.whenPorts[i]].to.text))
	}
	if (op.match.given() || len(op.when) > 0) && op.otherwise >= 0 {
		say("otherwise", op.to[op.otherwise].to.text)
	}
	if op.by.given() {
		say("by", op.by.source)
	}
	if op.shares != nil {
		say("salt", op.salt)
		for i, share := range op.shares {
			say("share of "+op.to[i].to.text, formatPercent(share)+" %")
		}
	}
	if op.typ == "sharder" {
		say("hash", op.hash)
		say("key", map[bool]string{false: "keep", true: "by"}[op.rekey])
		if op.several {
			var over []string
			for _, p := range op.to {
				over = append(over, p.to.text)
			}
			say("over", strings.Join(over, ", "))
		}
	}
	if s := op.order; s != nil {
		say("order_by", s.by.source)
		say("wait", map[bool]string{true: "strict", false: "idle_after " + s.idleAfter.String()}[s.idleAfter == 0])
		say("max_ahead", s.maxAhead.String())
		if s.heartbeat.given() {
			say("heartbeat", s.heartbeat.source)
		}
		if s.flag {
			say("late", wordFlag)
		} else if len(op.to) > 1 {
			say("late", op.to[1].to.text)
		}
		say("sequence", strconv.FormatBool(s.sequence != nil))
	}
	return all
}
