package topology

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	pipelineName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)
	innerName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	topicName    = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)
	illegalRune  = regexp.MustCompile(`[^A-Za-z0-9_-]+`)
)

// yamlWords are names that YAML readers take for something else where they are not quoted.
var yamlWords = []string{"true", "false", "yes", "no", "on", "off", "null"}

// checkName says whether a name can stand in topics, groups and transactional ids. Kind is pipeline, stream or operator.
func (r *reader) checkName(kind string, name reference) bool {
	legal, letters := innerName, "letters, digits, _ and -"
	if kind == "pipeline" {
		legal, letters = pipelineName, "letters, digits, ., _ and -"
	}
	switch {
	case len(name.text) > NameBytesMax:
		r.wrong(name.node, "A0301", fmt.Sprintf("the name of this %s has %d characters", kind, len(name.text)), fmt.Sprintf("at most %d", NameBytesMax))
	case !legal.MatchString(name.text):
		remedy := fmt.Sprintf("a name begins with a letter and has %s", letters)
		if repaired := illegalRune.ReplaceAllString(name.text, "_"); innerName.MatchString(repaired) {
			remedy += fmt.Sprintf(": `%s`", shorten(repaired))
		}
		r.wrong(name.node, "A0301", fmt.Sprintf("%q is not the name of %s", shorten(name.text), article(kind)), remedy)
	case kind == "stream" && isWord(name.text):
		r.wrong(name.node, "A0302", fmt.Sprintf("`%s` is a word of the language, not a stream", name.text), "call the stream something else")
	case contains(yamlWords, strings.ToLower(name.text)):
		r.wrong(name.node, "A0301", fmt.Sprintf("`%s` reads as something else to many YAML readers", name.text), fmt.Sprintf("call the %s something else", kind))
	default:
		return true
	}
	return false
}

// TopicBytesMax is how long the name of a topic may be.
const TopicBytesMax = 249

// checkTopic says whether Kafka takes the name of a topic.
func (r *reader) checkTopic(topic reference) bool {
	name := topic.text
	switch {
	case shellVariable.MatchString(name):
		r.wrong(topic.node, "A0902", fmt.Sprintf("%q has a variable as a shell writes it", shorten(name)), "write ${NAME} or ${NAME:-default}")
	case len(name) > TopicBytesMax:
		r.wrong(topic.node, "A0401", fmt.Sprintf("the topic's name has %d characters", len(name)), fmt.Sprintf("Kafka takes at most %d", TopicBytesMax))
	case name == "." || name == "..":
		r.wrong(topic.node, "A0401", fmt.Sprintf("a topic cannot be called %q", name), "give it a name of letters and digits")
	case strings.ContainsAny(name, "*^$|()[]\\+?"):
		r.wrong(topic.node, "A0401", fmt.Sprintf("%q is a pattern", shorten(name)), "name each topic: `topics: [a, b]`; patterns are refused, since inputs are known before it runs")
	case !topicName.MatchString(name):
		r.wrong(topic.node, "A0401", fmt.Sprintf("%q is not the name of a topic", shorten(name)), "Kafka takes letters, digits, ., _ and -")
	case strings.HasPrefix(name, "__"):
		r.wrong(topic.node, "A0401", fmt.Sprintf("%q belongs to Kafka itself", shorten(name)), "name a topic of your own")
	default:
		return true
	}
	return false
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}
