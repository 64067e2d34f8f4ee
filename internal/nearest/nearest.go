// Package nearest finds the known names that a misspelt name may stand for, for error texts:
//
//	nearest.Hint("mdoel", []string{"model", "data"}) // `: did you mean "model"?`
package nearest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Names returns the known names that differ from name in few letters, the nearest first: at most
// a third of the letters may be missing, added, replaced or exchanged with their neighbour, and
// one in a name of three. Names that differ in two letters more than the nearest are left out.
// Upper and lower case are alike. A name that is known as it is written
// gives none.
func Names(name string, known []string) []string {
	if slices.Contains(known, name) {
		return nil
	}
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	asked := []rune(strings.ToLower(name))
	for _, k := range known {
		runes := []rune(strings.ToLower(k))
		d := distance(asked, runes)
		if d <= max(len(asked), len(runes))/3 && !slices.ContainsFunc(near, func(c candidate) bool { return c.name == k }) {
			near = append(near, candidate{k, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, c := range near {
		if c.distance < near[0].distance+2 {
			names = append(names, c.name)
		}
	}
	return names
}

// Hint returns the end of an error text that names up to three of [Names], or "".
func Hint(name string, known []string) string {
	names := Names(name, known)
	if len(names) == 0 {
		return ""
	}
	var quoted []string
	for _, n := range names[:min(3, len(names))] {
		quoted = append(quoted, strconv.Quote(n))
	}
	return ": did you mean " + strings.Join(quoted, " or ") + "?"
}

// distance is the restricted Damerau-Levenshtein distance: the number of insertions, deletions,
// replacements and exchanges of neighbours that make a into b, where no letter changes twice.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			replaced := rows[i][j]
			if a[i] != b[j] {
				replaced++
			}
			d := min(replaced, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(a)][len(b)]
}
