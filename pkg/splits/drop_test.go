package splits

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// The warning about copies has the words of the task.
func TestDuplicateWarningsFitTheTask(t *testing.T) {
	for task, want := range map[data.Task][2]string{
		"":                       {": accuracy on them after training measures what", "another label"},
		data.SingleLabel:         {": accuracy on them after training measures what", "another label"},
		data.MultiLabel:          {": F1 on them after training measures what", "other classes"},
		data.Regression:          {": the error on them after training measures what", "another value"},
		data.TokenClassification: {": entity F1 on them after training measures what", "other tags"},
	} {
		half := func(answer int) []data.Example {
			var list []data.Example
			for i := range 20 {
				text := strings.Repeat(string(rune('a'+i))+" word ", 5)
				e := data.Example{ID: string(rune('a' + i)), Text: text, Label: -1}
				switch task {
				case data.MultiLabel:
					e.Labels = []int{(i + answer) % 2}
				case data.Regression:
					e.Value = float64(i%2 + answer)
				case data.TokenClassification:
					e.Words, e.Tags = strings.Fields(text), make([]int, 10)
					e.Tags[0] = (i + answer) % 2
				default:
					e.Label = (i + answer) % 2
				}
				list = append(list, e)
			}
			return list
		}
		set := &data.Dataset{Name: "own", Task: task, Labels: []string{"x", "y"}, Train: half(0), Test: half(1)}
		r, err := Config{Train: 14, Validation: 6, Test: -1, DropDuplicates: DropNone}.Choose(t.Context(), set, 1)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(r.Warnings, "\n")
		for _, words := range want {
			if !strings.Contains(text, words) {
				t.Errorf("%q: the warnings have no %q:\n%s", task, words, text)
			}
		}
	}
}
