package topology

import (
	"fmt"
	"slices"
	"strings"
)

// nearest gives the name that was most likely meant; empty where none is near.
func nearest(name string, names []string) string {
	best, found := distanceMax(name)+1, ""
	folded := fold(name)
	for _, candidate := range names {
		if d := distance(folded, fold(candidate), best); d < best {
			best, found = d, candidate
		}
	}
	if found != "" || len(name) < 4 {
		return found
	}
	for _, candidate := range names {
		if len(candidate) >= 4 && (strings.HasPrefix(fold(candidate), fold(name)) || strings.HasPrefix(fold(name), fold(candidate))) {
			return candidate
		}
	}
	return ""
}

// distanceMax is how many slips a name may have: none in one of two letters, one in short ones, a third of longer ones.
func distanceMax(name string) int {
	switch n := len([]rune(name)); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	default:
		return min(n/3, 3)
	}
}

// fold makes names alike that differ by case and by the sign between words.
func fold(name string) string {
	return strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(strings.ToLower(name))
}

// distance is how many letters must be changed, added, dropped or swapped with their neighbour to get from a to b. One that is not
// below most is not worked out, and most is given.
func distance(a, b string, most int) int {
	from, to := []rune(a), []rune(b)
	if max(len(from)-len(to), len(to)-len(from)) >= most || len(from) > NameBytesMax {
		return most
	}
	var before []int
	last := make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(from); i++ {
		row := make([]int, len(to)+1)
		row[0] = i
		for j := 1; j <= len(to); j++ {
			cost := 1
			if from[i-1] == to[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		if slices.Min(row) >= most {
			return most
		}
		before, last = last, row
	}
	return last[len(to)]
}

// namesShownMax is how many names a remedy lists.
const namesShownMax = 8

// suggest is the remedy for an unknown name: the one that was meant, or all that there are.
func suggest(name string, names []string, kind string) string {
	if meant := nearest(name, names); meant != "" {
		return fmt.Sprintf("did you mean `%s`?", meant)
	}
	if len(names) == 0 {
		return fmt.Sprintf("there are no %s", kind)
	}
	names = slices.Clone(names)
	if len(names) > namesShownMax {
		names = append(names[:namesShownMax], "…")
	}
	return fmt.Sprintf("the %s are %s", kind, among(names))
}

func joinNames(names []string) string { return strings.Join(names, ", ") }

func compareNames(a, b string) int { return strings.Compare(a, b) }
