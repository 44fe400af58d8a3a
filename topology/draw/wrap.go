package draw

import "strings"

// linesMax is how many lines of expressions an operator shows.
const linesMax = 4

// wrap breaks a text into lines of at most width characters, behind && and || where it can, else at spaces; what is beyond
// linesMax is cut.
func wrap(text string, width int) []string {
	var out []string
	rest := []rune(text)
	for len(rest) > width && len(out) < linesMax-1 {
		cut := breakAt(rest, width)
		out = append(out, strings.TrimRight(string(rest[:cut]), " "))
		for cut < len(rest) && rest[cut] == ' ' {
			cut++
		}
		rest = rest[cut:]
	}
	return append(out, shorten(string(rest), width))
}

// breakAt is where the first line of a text ends that is longer than width.
func breakAt(text []rune, width int) int {
	space := width
	for i := width; i > width/3; i-- {
		if text[i] != ' ' {
			continue
		}
		if before := string(text[i-2 : i]); before == "&&" || before == "||" {
			return i
		}
		if space == width && i > width/2 {
			space = i
		}
	}
	return space
}
