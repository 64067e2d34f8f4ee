package canvas

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	// leastHead is the number of letters that a name cut in its middle keeps of
	// its beginning, at least.
	leastHead = 3
	// wordBack is how many letters before the first difference the kept end of a
	// name may start, so that it starts with a whole word.
	wordBack = 12
)

// ShortenAll cuts the names that are wider than limit, each as shorten does. Names that
// would look alike are cut before the place where they differ instead, so that
// names that differ look different: "Refund for an order" and "Refund for an
// invoice" become "Refun…order" and "Refun…invoice".
func ShortenAll(names []string, style draw.TextStyle, limit vg.Length) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = Shorten(name, style, limit)
	}
	for _, group := range groups(len(names), func(i, j int) bool { return lookAlike(names, out, i, j) }) {
		separate(group, names, out, style, limit)
	}
	// What is still alike has no room for the difference: numbers tell it apart.
	for _, group := range groups(len(names), func(i, j int) bool { return names[i] != names[j] && out[i] == out[j] }) {
		for _, i := range group {
			out[i] = Shorten(fmt.Sprintf("%d %s", i+1, names[i]), style, limit)
		}
	}
	return out
}

// fewLetters is by how many letters cut names differ that look alike.
const fewLetters = 4

// lookAlike tells whether two names of which one at least is cut at its end differ by
// its last few letters, or not at all.
func lookAlike(names, out []string, i, j int) bool {
	if names[i] == names[j] || names[i] == out[i] && names[j] == out[j] {
		return false
	}
	shown := math.MaxInt // letters of a name that is cut
	for _, k := range []int{i, j} {
		if names[k] != out[k] {
			shown = min(shown, len([]rune(out[k]))-1)
		}
	}
	common := commonPrefix([]rune(names[i]), []rune(names[j]))
	return common > 0 && common >= shown-fewLetters
}

// groups returns the groups of at least two numbers below n whose first is alike to the others.
func groups(n int, alike func(i, j int) bool) [][]int {
	var all [][]int
	for i := range n {
		at := slices.IndexFunc(all, func(g []int) bool { return alike(g[0], i) })
		if at < 0 {
			all = append(all, []int{i})
		} else {
			all[at] = append(all[at], i)
		}
	}
	return slices.DeleteFunc(all, func(g []int) bool { return len(g) < 2 })
}

// separate cuts the names of a group before their first difference, and those that
// still look alike before theirs.
func separate(group []int, names, out []string, style draw.TextStyle, limit vg.Length) {
	common := []rune(names[group[0]])
	for _, i := range group[1:] {
		common = common[:commonPrefix(common, []rune(names[i]))]
	}
	from := len(common)
	// Start with a whole word, if one starts shortly before.
	if space := strings.LastIndexFunc(string(common), isBreak); space >= 0 {
		if start := len([]rune(string(common)[:space])) + 1; from-start <= wordBack {
			from = start
		}
	}
	texts := make(map[string][]int)
	var order []string
	for _, i := range group {
		out[i] = cutMiddle([]rune(names[i]), from, len(common), style, limit)
		if texts[out[i]] == nil {
			order = append(order, out[i])
		}
		texts[out[i]] = append(texts[out[i]], i)
	}
	for _, text := range order {
		if again := texts[text]; len(again) > 1 && len(again) < len(group) {
			separate(again, names, out, style, limit)
		}
	}
}

// cutMiddle keeps the end of a name from the letter number from, or from the first
// difference where that is too wide, and as much of its beginning as fits.
func cutMiddle(name []rune, from, difference int, style draw.TextStyle, limit vg.Length) string {
	fits := func(s string) bool { return style.Width(s) <= limit }
	tail := string(name[from:])
	if !fits(string(name[:min(leastHead, from)]) + "…" + tail) {
		from = difference
		tail = string(name[from:])
	}
	if !fits("…" + tail) {
		return Shorten("…"+tail, style, limit)
	}
	head := 0
	for head < from && fits(string(name[:head+1])+"…"+tail) {
		head++
	}
	if head == from { // nothing had to be left out
		return string(name)
	}
	return strings.TrimRightFunc(string(name[:head]), isBreak) + "…" + tail
}

func commonPrefix(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// isBreak tells the letters that part the words of a name.
func isBreak(r rune) bool { return strings.ContainsRune(" _-./:", r) }
