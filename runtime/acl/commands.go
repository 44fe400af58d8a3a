package acl

import (
	"slices"
	"strings"
)

// Commands gives the command lines of Kafka's kafka-acls.sh that give rules to principal, as "User:signup", one for each
// resource. Names are quoted for a shell.
func Commands(rules []Rule, brokers []string, principal string) []string {
	type resource struct {
		kind     Resource
		name     string
		prefixed bool
	}
	var order []resource
	operations := map[resource][]string{}
	for _, r := range rules {
		on := resource{r.Resource, r.Name, r.Prefixed}
		if operations[on] == nil {
			order = append(order, on)
		}
		if !slices.Contains(operations[on], string(r.Operation)) {
			operations[on] = append(operations[on], string(r.Operation))
		}
	}
	var lines []string
	for _, on := range order {
		pattern := "literal"
		if on.prefixed {
			pattern = "prefixed"
		}
		words := []string{"kafka-acls.sh", "--bootstrap-server", quote(strings.Join(brokers, ",")), "--add", "--allow-principal", quote(principal)}
		for _, op := range operations[on] {
			words = append(words, "--operation", op)
		}
		words = append(words, "--"+string(on.kind), quote(on.name), "--resource-pattern-type", pattern)
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

// plain are the characters that a shell takes as they are.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:,/@%+="

// quote makes one word of a shell of s.
func quote(s string) string {
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
