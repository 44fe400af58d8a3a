package schemas

import (
	"fmt"
	"strings"
)

// suggest words what would have been right in place of name: the nearest of the names that there are, or the names.
func suggest(name string, have []string) string {
	if len(have) == 0 {
		return "there are none"
	}
	best, distance := "", 1+max(1, len(name)/3)
	for _, h := range have {
		if d := editDistance(strings.ToLower(name), strings.ToLower(h)); d < distance {
			best, distance = h, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	const most = 12
	if len(have) > most {
		return fmt.Sprintf("have %s and %d more", strings.Join(have[:most], ", "), len(have)-most)
	}
	return "have " + strings.Join(have, ", ")
}

// editDistance is the Levenshtein distance in bytes; names too long for a slip of the pen are far from everything.
func editDistance(a, b string) int {
	const longest = 128
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// fieldNames lists the fields of a record.
func fieldNames(t *Type) []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}
