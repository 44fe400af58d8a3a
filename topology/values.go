package topology

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/anabranch-go/anabranch/topology/document"
)

// text reads a single value, variables expanded. It reports and gives false where there is none.
func (r *reader) text(n *document.Node, what string) (string, bool) {
	if n == nil {
		return "", false
	}
	if n.Broken {
		r.mistakes++
		return "", false
	}
	if n.Kind == document.Null {
		r.wrong(n, "A0205", what+" is empty", "give it a value or take it away")
		return "", false
	}
	if n.Kind != document.Scalar {
		r.wrong(n, "A0202", fmt.Sprintf("%s is a single value, got %s", what, describe(n)), bracketHint(n))
		return "", false
	}
	value, ok := r.expand(n)
	if ok && value == "" {
		r.wrong(n, "A0205", what+" is empty", "give it a value or take it away")
		return "", false
	}
	return value, ok
}

func bracketHint(n *document.Node) string {
	if n.Kind == document.List {
		return "take the brackets or the dash away"
	}
	return "write it on one line"
}

// texts reads a list of single values.
func (r *reader) texts(n *document.Node, what string) []reference {
	if n == nil {
		return nil
	}
	if n.Kind != document.List {
		r.wrong(n, "A0202", fmt.Sprintf("expected a list of %s, got %s", what, describe(n)), listHint(n))
		if n.Kind == document.Scalar {
			return []reference{{n.Value, n}}
		}
		return nil
	}
	if len(n.Items) == 0 {
		r.wrong(n, "A0205", fmt.Sprintf("the list of %s is empty", what), "name at least one")
	}
	var names []reference
	for _, item := range n.Items {
		if name, ok := r.text(item, "an entry of the list"); ok {
			names = append(names, reference{name, item})
		}
	}
	return names
}

func listHint(n *document.Node) string {
	if n.Kind == document.Scalar {
		return fmt.Sprintf("write [%s]", shorten(n.Value))
	}
	return "write [a, b]"
}

// boolean reads true or false; the other words of YAML 1.1 are refused, since readers differ about them.
func (r *reader) boolean(n *document.Node, what string, otherwise bool) bool {
	value, ok := r.text(n, what)
	switch {
	case !ok:
		return otherwise
	case value == "true" || value == "false":
		return value == "true"
	}
	remedy := "say true or false"
	switch strings.ToLower(value) {
	case "yes", "on", "y":
		remedy = "say true"
	case "no", "off", "n":
		remedy = "say false"
	}
	r.wrong(n, "A0207", fmt.Sprintf("%s is true or false, got %q", what, shorten(value)), remedy)
	return otherwise
}

// integer reads a whole number between low and high.
func (r *reader) integer(n *document.Node, what string, low, high, otherwise int) int {
	value, ok := r.text(n, what)
	if !ok {
		return otherwise
	}
	number, err := strconv.Atoi(value)
	switch {
	case err != nil:
		r.wrong(n, "A0207", fmt.Sprintf("%s is a whole number, got %q", what, shorten(value)), plainNumber(value, fmt.Sprintf("say %d to %d", low, high)))
	case octal.MatchString(value):
		r.wrong(n, "A0207", fmt.Sprintf("%s is %s, which reads as an octal number to some YAML readers", what, value), fmt.Sprintf("say %d", number))
	case n.Quoted && !hasVariable(n.Value):
		r.wrong(n, "A0207", fmt.Sprintf("%s is a number, got the text %q", what, value), "take the quotes away")
	case number < low || number > high:
		r.wrong(n, "A0208", fmt.Sprintf("%s is %d", what, number), fmt.Sprintf("it lies between %d and %d", low, high))
	default:
		return number
	}
	return otherwise
}

// octal is a number that YAML 1.1 reads to the base of 8.
var octal = regexp.MustCompile(`^[+-]?0[0-9]`)

// plainNumber is the remedy for a number that is written with signs between its digits.
func plainNumber(value, otherwise string) string {
	if plain := strings.NewReplacer("_", "", ",", "", " ", "").Replace(value); plain != value {
		if number, err := strconv.Atoi(plain); err == nil {
			return fmt.Sprintf("say %d", number)
		}
	}
	return otherwise
}

// share reads a number from 0 to 1, or a percentage where percent is allowed.
func (r *reader) share(n *document.Node, what string, percent bool, otherwise float64) float64 {
	value, ok := r.text(n, what)
	if !ok {
		return otherwise
	}
	digits, isPercent := strings.CutSuffix(value, "%")
	number, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if isPercent {
		number /= 100
	}
	example := "say a number from 0 to 1"
	if percent {
		example += ", or a percentage such as 1%"
	}
	switch {
	case err != nil || isPercent && !percent:
		r.wrong(n, "A0207", fmt.Sprintf("%s is a number, got %q", what, shorten(value)), example)
	case !(number >= 0 && number <= 1):
		r.wrong(n, "A0208", fmt.Sprintf("%s is %s", what, value), example)
	default:
		return number
	}
	return otherwise
}

// duration reads a length of time such as 200ms or 1m30s.
func (r *reader) duration(n *document.Node, what string, high, otherwise time.Duration) time.Duration {
	value, ok := r.text(n, what)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(value)
	switch {
	case err != nil:
		r.wrong(n, "A0207", fmt.Sprintf("%s is a length of time, got %q", what, shorten(value)), "write it as 200ms, 5s or 1m30s")
	case d <= 0 || d > high:
		r.wrong(n, "A0208", fmt.Sprintf("%s is %s", what, value), fmt.Sprintf("it is more than 0 and at most %s", high))
	default:
		return d
	}
	return otherwise
}

// word reads one of a few words. Those that are not built yet are refused by name. Of one that is misspelt it gives the word that was
// meant, and false.
func (r *reader) word(n *document.Node, what string, words, later []string) (string, bool) {
	value, ok := r.text(n, what)
	switch {
	case !ok:
		return "", false
	case contains(words, value):
		return value, true
	case contains(later, value):
		r.wrong(n, "A0204", fmt.Sprintf("%s `%s` is not in this version", what, value), "it is "+either(words))
	default:
		remedy, meant := "it is "+either(words), nearest(value, words)
		if meant != "" {
			remedy = fmt.Sprintf("did you mean `%s`?", meant)
		}
		r.wrong(n, "A0209", fmt.Sprintf("%s cannot be %q", what, shorten(value)), remedy)
		return meant, false
	}
	return "", false
}

// wordOf reads a key that has one of the words of its grammar.
func (r *reader) wordOf(o *object, key, what string) (string, bool) {
	f := o.grammar.field(key)
	return r.word(o.get(key), what, f.is.words, f.is.later)
}

// integerOf reads a key that has a whole number between the bounds of its grammar.
func (r *reader) integerOf(o *object, key string, otherwise int) int {
	f := o.grammar.field(key)
	return r.integer(o.get(key), key, f.is.low, f.is.high, otherwise)
}

// either lists words as prose: a, b or c.
func either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
