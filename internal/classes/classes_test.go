package classes

import (
	"slices"
	"strings"
	"testing"
)

// TestOrder: rows follow the names, upper and lower case alike, and a name that both have
// at different places is an error while other names differ.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		named, labels []string
		rows          []int
		same          bool
	}{
		"the same":                  {[]string{"neg", "pos"}, []string{"neg", "pos"}, []int{0, 1}, true},
		"another order":             {[]string{"bad", "fair", "good"}, []string{"good", "bad", "fair"}, []int{2, 0, 1}, true},
		"another case, order":       {[]string{"NEG", "POS"}, []string{"Pos", "Neg"}, []int{1, 0}, true},
		"names that case alone has": {[]string{"A", "a"}, []string{"a", "A"}, []int{1, 0}, true},
		"other names":               {[]string{"LABEL_0", "LABEL_1"}, []string{"neg", "pos"}, []int{0, 1}, false},
		"one name stays":            {[]string{"NEG", "POS"}, []string{"neg", "good"}, []int{0, 1}, false},
		"another number":            {[]string{"a", "b", "c"}, []string{"b", "a"}, []int{0, 1}, false},
	} {
		rows, same, err := Order(c.named, c.labels)
		if err != nil || same != c.same || !slices.Equal(rows, c.rows) {
			t.Errorf("%s: %v, same %v, %v; want %v, %v", name, rows, same, err, c.rows, c.same)
		}
	}
	for name, c := range map[string][2][]string{
		"one name elsewhere":                  {{"good", "bad"}, {"fresh", "good"}},
		"one name elsewhere, in another case": {{"POSITIVE", "NEGATIVE"}, {"bad", "positive"}},
		"one of two that case alone tells":    {{"A", "a"}, {"b", "A"}},
		"among three":                         {{"Bad", "Fair", "Good"}, {"bad", "good", "great"}},
	} {
		if rows, _, err := Order(c[0], c[1]); err == nil || !strings.Contains(err.Error(), "expected the same names") {
			t.Errorf("%s: rows %v, error %v; want an error that names both", name, rows, err)
		}
	}
}
