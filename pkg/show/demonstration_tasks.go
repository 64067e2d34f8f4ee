package show

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// severalDemonstration shows examples with exactly the right classes, with different ones each, and
// the example with the most wrong decisions.
func severalDemonstration(reviews *splits.Examples, after *metrics.MultiLabelPredictions) (Figures, error) {
	var f Figures
	chosen, probabilities, err := after.Answers()
	if err != nil {
		return f, err
	}
	type result struct{ row, wrong int }
	var all []result
	exact := 0
	for i, classes := range chosen {
		r := result{row: i}
		for class := range after.Classes {
			if slices.Contains(classes, class) != slices.Contains(after.Labels[i], class) {
				r.wrong++
			}
		}
		if r.wrong == 0 {
			exact++
		}
		all = append(all, r)
	}
	// certainty is the distance of the least certain probability from one half.
	certainty := func(r result) float64 {
		least := 0.5
		for _, p := range probabilities[r.row] {
			least = min(least, abs(p-0.5))
		}
		return least
	}
	slices.SortStableFunc(all, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.wrong, b.wrong), cmp.Compare(certainty(b), certainty(a)))
	})
	t := table.New("Texts and their predictions", table.Column{Name: "kind"}, table.Column{Name: "text"}, table.Column{Name: "classes"}, table.Column{Name: "predicted"}, table.Column{Name: "wrong decisions"})
	quote := quotes(reviews)
	add := func(kind string, r result) {
		t.Add(kind, quote(after.IDs[r.row]), classList(after.Classes, after.Labels[r.row]), classList(after.Classes, chosen[r.row]), r.wrong)
	}
	var seen []string
	for _, r := range all {
		if key := fmt.Sprint(after.Labels[r.row]); r.wrong == 0 && len(seen) < 3 && !slices.Contains(seen, key) {
			seen = append(seen, key)
			add("exactly right", r)
		}
	}
	f.note("%d of the %d test examples have exactly the right classes.", exact, after.Len())
	if worst := all[len(all)-1]; worst.wrong > 0 {
		add("most wrong decisions", worst)
		f.note("The last row is the example with the most wrong decisions: %s is %s, and the model predicts %s. Look for the reason in the text: words that are typical of another class, or a wrong label.",
			after.IDs[worst.row], classList(after.Classes, after.Labels[worst.row]), classList(after.Classes, chosen[worst.row]))
	}
	f.Tables = append(f.Tables, t)
	return f, t.Err()
}

// numberDemonstration shows the answers with the smallest errors, of a low, a middle and a high
// value, and the one with the largest.
func numberDemonstration(moves []move, reviews *splits.Examples) (Figures, error) {
	var f Figures
	miss := func(m move) float64 { return abs(m.after - m.Value) }
	byValue := slices.SortedStableFunc(slices.Values(moves), func(a, b move) int { return cmp.Compare(a.Value, b.Value) })
	t := table.New("Texts and their answers", table.Column{Name: "kind"}, table.Column{Name: "text"}, table.Column{Name: numberName(reviews.Labels)},
		table.Column{Name: "answer"}, table.Column{Name: "error"})
	quote := quotes(reviews)
	add := func(kind string, m move) {
		t.Add(kind, quote(m.ID), numberCell(&m.Value, 4), numberCell(&m.after, 3), signedCell(m.after-m.Value, 3))
	}
	const parts = 3
	for i := range parts {
		part := byValue[i*len(byValue)/parts : (i+1)*len(byValue)/parts]
		if len(part) > 0 {
			add([]string{"best of the low values", "best of the middle values", "best of the high values"}[i],
				slices.MinFunc(part, func(a, b move) int { return cmp.Compare(miss(a), miss(b)) }))
		}
	}
	worst := slices.MaxFunc(moves, func(a, b move) int { return cmp.Compare(miss(a), miss(b)) })
	add("largest error", worst)
	f.note("The last row is the answer with the largest error of the %d test examples: the value of %s is %s, and the answer is %s. Look for the reason in the text: words that are typical of other values, or a wrong value.", len(moves), worst.ID, numerals.Number(worst.Value, 4), numerals.Number(worst.after, 3))
	f.Tables = append(f.Tables, t)
	return f, t.Err()
}
