package splits

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// TestChooseFromOutline: the examples of an outline, whose texts are read again, are those of the
// data set in memory, in every field: of tasks, halves, sizes, seeds, and kinds of duplicates that
// are left out.
func TestChooseFromOutline(t *testing.T) {
	dropped, held, refused := 0, 0, 0
	for seed := range int64(90) {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		task := []data.Task{data.SingleLabel, data.MultiLabel, data.Regression}[r.IntN(3)]
		labels := map[data.Task][]string{
			data.SingleLabel: {"ham", "spam", "eggs"}, data.MultiLabel: {"x", "x|y", "y|z", "z"}, data.Regression: {"1", "2.5", "3", "4", "-1"},
		}[task]
		halves := [][]string{{"train"}, {"train", "train", "test"}, {"train", "train", "dev"}, {"train", "train", "train", "dev", "test"}}[r.IntN(4)]
		var table strings.Builder
		table.WriteString("text,label,split\n")
		for i := range 150 + r.IntN(100) {
			var words []string
			for j := range 9 {
				word := r.IntN(4)
				if j == 0 {
					word = r.IntN(40)
				}
				words = append(words, fmt.Sprintf("word%d%d", j, word/2))
			}
			if r.IntN(3) > 0 {
				words = append(words, fmt.Sprint("number ", i))
			}
			fmt.Fprintf(&table, "%s,%s,%s\n", strings.Join(words, " "), labels[r.IntN(len(labels))], halves[r.IntN(len(halves))])
		}
		path := filepath.Join(t.TempDir(), "own.csv")
		if err := os.WriteFile(path, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		config := Config{
			Source: path, DropDuplicates: []Drop{DropNone, DropExact, DropLetters, DropNear}[r.IntN(4)],
			Train: []int{0, 30, -1}[r.IntN(3)], Validation: []int{0, 10}[r.IntN(2)], Test: []int{0, 12, -1}[r.IntN(3)],
		}.WithDefaults(seed)
		set, err := config.Open(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		want, failed := config.Choose(t.Context(), set, seed)
		opener := config.opener(task)
		opener.HeldBytes = -1
		outline, err := opener.Outline(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := config.ChooseFrom(t.Context(), outline, seed)
		if fmt.Sprint(err) != fmt.Sprint(failed) {
			t.Fatalf("seed %d: %v, expected %v", seed, err, failed)
		}
		if err != nil {
			refused++
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Examples{}), cmpopts.IgnoreUnexported(duplicates.Result{})); diff != "" {
			t.Fatalf("seed %d, %+v: %s", seed, config, diff)
		}
		if len(got.Dropped) > 0 {
			dropped++
		}
		if len(set.Test) == 0 && len(set.Validation) == 0 {
			held++
		}
	}
	if dropped < 20 || held < 10 || refused > 30 {
		t.Errorf("%d draws with duplicates left out, %d with test halves that were held out, %d refused", dropped, held, refused)
	}
}
