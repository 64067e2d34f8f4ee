package splits

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// tagged are the names of the tags of answered.
var tagged = []string{"B-LOC", "B-PER", "O"}

// answered makes a data set of n different texts in its training half, whose second answer is
// rare and whose third one occurs once.
func answered(task data.Task, n int) *data.Dataset {
	set := &data.Dataset{Name: "own", Task: task, Labels: []string{"often", "rarely", "once"}}
	if task == data.TokenClassification {
		set.Labels = tagged
	}
	for i := range n {
		text := fmt.Sprintf("a%d b%d c%d d%d e%d", i, i, i, i, i)
		e := data.Example{ID: fmt.Sprint(i), Text: text, Label: -1}
		often, rarely := i%3 == 0, i%25 == 7
		switch task {
		case data.MultiLabel:
			if often {
				e.Labels = append(e.Labels, 0)
			}
			if rarely {
				e.Labels = append(e.Labels, 1)
			}
			if i == 50 {
				e.Labels = append(e.Labels, 2)
			}
		case data.Regression:
			e.Value = math.Sqrt(float64(i*37%n)) + 1
		case data.TokenClassification:
			e.Words, e.Tags = strings.Fields(text), []int{2, 2, 2, 2, 2}
			if often {
				e.Tags[1] = 1
			}
			if rarely {
				e.Tags[3] = 0
			}
		default:
			if e.Label = 0; rarely {
				e.Label = 1
			}
		}
		set.Train = append(set.Train, e)
	}
	return set
}

// shares counts the examples with the first and the second answer; of numbers those of the lower
// half and the lowest tenth.
func shares(task data.Task, n int, examples []data.Example) (often, rarely int) {
	for _, e := range examples {
		o, r := e.Label == 0, e.Label == 1
		switch task {
		case data.MultiLabel:
			o, r = slices.Contains(e.Labels, 0), slices.Contains(e.Labels, 1)
		case data.Regression:
			rank := (e.Value - 1) * (e.Value - 1)
			o, r = rank < float64(n)/2-0.5, rank < float64(n)/10-0.5
		case data.TokenClassification:
			o, r = slices.Contains(e.Tags, 1), slices.Contains(e.Tags, 0)
		}
		if o {
			often++
		}
		if r {
			rarely++
		}
	}
	return often, rarely
}

// A file without halves is divided with the shares of each task's answers in every split.
func TestEveryTaskIsStratified(t *testing.T) {
	const n = 500
	for task, want := range map[data.Task]struct {
		draw sampling.Draw
		note string
	}{
		data.SingleLabel:         {sampling.DrawClasses, ""},
		data.MultiLabel:          {sampling.DrawLabels, "stratified by labels, the rarest ones first (iterative stratification"},
		data.Regression:          {sampling.DrawQuantiles, "stratified by the number, in quantile bins"},
		data.TokenClassification: {sampling.DrawEntities, "stratified by the types of entities in a sentence"},
	} {
		set := answered(task, n)
		config := Config{Train: 200, Validation: 60, Test: -1, DropDuplicates: DropNone}
		for seed := range int64(5) {
			r, err := config.Choose(t.Context(), set, seed)
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, want.note) || want.note == "" && strings.Contains(notes, "stratified") {
				t.Errorf("%s: notes %q", task, r.Notes)
			}
			if record := config.Record(r, seed); record.Draw != want.draw {
				t.Errorf("%s: the record has the draw %q", task, record.Draw)
			}
			often, rarely := shares(task, n, set.Train)
			seen := map[string]bool{}
			for name, part := range map[string][]data.Example{"train": r.Train, "validation": r.Validation, "test": r.Test} {
				share := float64(len(part)) / n
				o, ra := shares(task, n, part)
				// Parts are drawn from what other parts leave, so that two deviations can add up.
				if math.Abs(float64(o)-share*float64(often)) > 2 || math.Abs(float64(ra)-share*float64(rarely)) > 2 {
					t.Errorf("%s, seed %d: %d and %d of %d and %d in %s, a share of %.2f", task, seed, o, ra, often, rarely, name, share)
				}
				for _, e := range part {
					if seen[e.ID] {
						t.Errorf("%s: %s is in two splits", task, e.ID)
					}
					seen[e.ID] = true
				}
			}
			if len(r.Train) != 200 || len(r.Validation) != 60 || len(r.Test) != 100 {
				t.Errorf("%s: %d, %d and %d examples", task, len(r.Train), len(r.Validation), len(r.Test))
			}
			if task == data.MultiLabel && slices.ContainsFunc(slices.Concat(r.Validation, r.Test), func(e data.Example) bool { return slices.Contains(e.Labels, 2) }) {
				t.Errorf("seed %d: the label that occurs once is not left for training", seed)
			}
		}
	}
}

// The draw of a run folder of an earlier version is the one that it had, and one that this version
// does not know is an error.
func TestEarlierDraws(t *testing.T) {
	for task, want := range map[data.Task]sampling.Draw{
		"": sampling.DrawClasses, data.SingleLabel: sampling.DrawClasses, data.MultiLabel: sampling.DrawRandom, data.Regression: sampling.DrawRandom, data.TokenClassification: sampling.DrawRandom,
	} {
		config := Config{Train: 20, Validation: 10, Test: 10, DropDuplicates: DropNone}
		config.SetDraw(EarlierDraw(task))
		set := answered(task, 100)
		r, err := config.Choose(t.Context(), set, 3)
		if err != nil || r.Draw != want || strings.Contains(strings.Join(r.Notes, "\n"), "drawn at random, not stratified") != (want == sampling.DrawRandom) {
			t.Fatalf("%q: draw %q, notes %q, %v", task, r.Draw, r.Notes, err)
		}
		if want != sampling.DrawRandom {
			continue
		}
		// At random means that the answers do not matter.
		for i := range set.Train {
			set.Train[i].Labels, set.Train[i].Value = nil, 0
		}
		again, err := config.Choose(t.Context(), set, 3)
		if err != nil || !slices.Equal(ids(again.Train), ids(r.Train)) || !slices.Equal(ids(again.Test), ids(r.Test)) {
			t.Errorf("%s: the answers change the draw, %v", task, err)
		}
	}
	config := Config{Train: 20, Validation: 10, Test: 10, DropDuplicates: DropNone}
	config.SetDraw("later")
	if _, err := config.Choose(t.Context(), answered("", 100), 3); err == nil || !strings.Contains(err.Error(), `draw is "later", expected one of`) {
		t.Errorf("an unknown draw: %v", err)
	}
}

func ids(examples []data.Example) (list []string) {
	for _, e := range examples {
		list = append(list, e.ID)
	}
	return list
}

// Copies of test examples are left out, and others are drawn in their place with the same shares.
func TestStratifiedWithoutDuplicates(t *testing.T) {
	for _, task := range []data.Task{data.MultiLabel, data.Regression, data.TokenClassification} {
		set := answered(task, 500)
		set.Train, set.Test = set.Train[:400], set.Train[400:]
		for i := range 40 {
			set.Train[5*i].Text, set.Train[5*i].Words = set.Test[i].Text, set.Test[i].Words
		}
		r, err := Config{Train: 150, Validation: 60, Test: -1, DropDuplicates: DropExact}.Choose(t.Context(), set, 2)
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]bool{}
		for _, e := range r.Test {
			texts[e.Text] = true
		}
		for _, e := range slices.Concat(r.Train, r.Validation) {
			if texts[e.Text] {
				t.Errorf("%s: %s is a copy of a test example", task, e.ID)
			}
		}
		if len(r.Train) != 150 || len(r.Validation) != 60 || len(r.Dropped) < 10 {
			t.Errorf("%s: %d and %d examples, %d dropped", task, len(r.Train), len(r.Validation), len(r.Dropped))
		}
		all, _ := shares(task, 500, set.Train)
		for _, part := range [][]data.Example{r.Train, r.Validation} {
			if o, _ := shares(task, 500, part); math.Abs(float64(o)-float64(len(part)*all)/400) > 6 {
				t.Errorf("%s: %d of %d, in all %d of 400", task, o, len(part), all)
			}
		}
	}
}
