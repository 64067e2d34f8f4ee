package records

import (
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// columnStats describes the values of a column in the first rows.
type columnStats struct {
	values, distinct   int
	numbers, fractions int     // values that are numbers, and those of them that are not whole
	letters            int     // values that contain white space between words
	length             float64 // mean, in bytes
	indicators         bool    // all values are 0 or 1
}

func (c Column) stats() columnStats {
	s := columnStats{indicators: true}
	seen := map[string]bool{}
	for _, v := range c.Samples {
		if v.None() || strings.TrimSpace(v.Text) == "" && v.Kind == StringKind {
			continue
		}
		s.values++
		text := strings.TrimSpace(v.Text)
		seen[text] = true
		s.length += float64(len(text))
		if _, ok := indicator(v); !ok {
			s.indicators = false
		}
		if (IsDecimal(text) || DecimalComma.MatchString(text)) && v.Kind <= NumberKind {
			s.numbers++
			if _, whole := WholeNumber(text); !whole {
				s.fractions++
			}
		}
		if strings.Contains(text, " ") {
			s.letters++
		}
	}
	s.distinct = len(seen)
	s.length /= float64(max(s.values, 1))
	return s
}

// holdsText reports whether a column may contain texts: strings, of which most are not numbers.
func holdsText(c Column) bool {
	if !holdsStrings(c) {
		return false
	}
	s := c.stats()
	return s.values == 0 || 2*s.numbers < s.values
}

// FewSamples is the number of values below which a column's content decides nothing.
const FewSamples = 20

// holdsLabels reports whether a column may contain the labels of the task. A column of many
// values that are all different contains no classes.
func (f *finder) holdsLabels(c Column) bool {
	s := c.stats()
	if slices.Contains(f.s.Used(), slices.IndexFunc(f.columns, func(other Column) bool { return other.Name == c.Name })) {
		return false
	}
	ok, err := labelRole(f.sink.Task, true).fits(c, Sink{Warn: func(string) {}})
	if err != nil || !ok {
		return false
	}
	lists := slices.ContainsFunc(c.Samples, func(v Value) bool { return v.Kind == ListKind })
	objects := slices.ContainsFunc(c.Samples, func(v Value) bool { return v.Kind == ObjectKind })
	switch f.sink.Task {
	case multiLabel:
		return !objects
	case regression:
		return !lists && !objects && s.numbers == s.values
	}
	return !lists && !objects && s.fractions == 0 && (s.values < FewSamples || s.distinct < s.values)
}

// indicatorColumns returns the columns that contain only 0 and 1.
func (f *finder) indicatorColumns() (found []int) {
	for i, c := range f.columns {
		if s := c.stats(); s.values > 0 && s.indicators && !slices.Contains(f.s.Used(), i) {
			found = append(found, i)
		}
	}
	return found
}

// holdsSplits reports whether all values of a column are names of splits.
func holdsSplits(c Column) bool {
	some := false
	for _, v := range c.Samples {
		if v.None() {
			continue
		}
		if v.Kind != StringKind || !halves.IsName(strings.TrimSpace(v.Text)) {
			return false
		}
		some = true
	}
	return some
}

// textByContent returns the column with the longest values, at least twice as long on average
// as those of any other.
func (f *finder) textByContent() (int, error) {
	var lengths []float64
	longest := -1
	for i, c := range f.columns {
		length := 0.0
		if f.mayBeText(c) {
			length = c.stats().length
		}
		lengths = append(lengths, length)
		if length > 0 && (longest < 0 || length > lengths[longest]) {
			longest = i
		}
	}
	if longest < 0 {
		return -1, f.notObvious("Text", "text", "the text", nil)
	}
	alike := []int{longest}
	for i, length := range lengths {
		if i != longest && 2*length > lengths[longest] {
			alike = append(alike, i)
		}
	}
	if len(alike) > 1 {
		slices.Sort(alike)
		return -1, f.notObvious("Text", "text", "the text", alike)
	}
	f.say("text, because its values are the longest", longest)
	return longest, nil
}

// labelByContent takes the only column, apart from the text, whose values repeat.
func (f *finder) labelByContent() error {
	var found []int
	for i, c := range f.columns {
		s := c.stats()
		if slices.Contains(f.s.Used(), i) || s.values == 0 || s.length > 60 {
			continue
		}
		switch {
		case f.sink.Task == regression:
			if s.numbers == s.values {
				found = append(found, i)
			}
		case len(f.columns) == 2 && s.distinct < s.values && s.fractions == 0, 4*s.distinct <= s.values && s.fractions == 0:
			found = append(found, i)
		}
	}
	switch {
	case len(found) == 1:
		f.say("label, because its values repeat", found[0])
		return f.setLabel(found[0])
	case len(found) == 0 && f.sink.Unlabelled, f.sink.TextsOnly:
		return nil
	}
	return f.notObvious("Label", "label", "the label", found)
}
