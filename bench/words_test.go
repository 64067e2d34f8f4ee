package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// row is a row of the files that both sides read.
type row struct{ ID, Text, Label string }

// writtenRows writes the recipe's reviews and reads a file of theirs.
func writtenRows(t *testing.T, b *bench, how recipe, name string) map[string]row {
	t.Helper()
	dir, err := b.writeReviews(context.Background(), how)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]row{}
	for line := range strings.Lines(string(text)) {
		var r row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		rows[r.ID] = r
	}
	return rows
}

// TestShortTexts: the texts are the first words of the same reviews, from 3 to 40 of them; both
// sides train on the same texts, which a seed and not the number of reviews decides.
func TestShortTexts(t *testing.T) {
	b := &bench{imdb: data.Sample, run: t.TempDir(), written: map[string]bool{}}
	whole := baseRecipe.modified(func(r *recipe) { r.Reviews, r.Tests = 160, 160 })
	short := whole.modified(shortTexts)
	var counts []int
	for _, name := range []string{"train.jsonl", "test.jsonl"} {
		reviews, texts := writtenRows(t, b, whole, name), writtenRows(t, b, short, name)
		if len(texts) != len(reviews) || len(texts) < 160 {
			t.Fatalf("%s: %d texts of %d reviews", name, len(texts), len(reviews))
		}
		for id, text := range texts {
			words, review := strings.Fields(text.Text), strings.Fields(reviews[id].Text)
			if len(words) > len(review) || !slices.Equal(words, review[:len(words)]) || text.Label != reviews[id].Label {
				t.Fatalf("%s, %s: %+v of %+v", name, id, text, reviews[id])
			}
			if len(words) < min(3, len(review)) || len(words) > 40 {
				t.Errorf("%s, %s: %d words", name, id, len(words))
			}
			if len(review) >= 40 { // N words, none of them missing
				counts = append(counts, len(words))
			}
		}
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	// 43/2 words on average, with a standard deviation of 11.
	if mean := float64(sum) / float64(len(counts)); slices.Min(counts) != 3 || slices.Max(counts) != 40 || mean < 19 || mean > 24 {
		t.Errorf("%d texts of %d to %d words, %.1f on average", len(counts), slices.Min(counts), slices.Max(counts), mean)
	}

	train := writtenRows(t, b, short, "train.jsonl")
	peer := writtenRows(t, b, short, "peer.json")
	if len(peer) != short.Reviews {
		t.Errorf("the peer trains on %d texts", len(peer))
	}
	for id, r := range peer {
		if train[id] != r {
			t.Errorf("%s: %+v, and the peer's %+v", id, train[id], r)
		}
	}

	other := writtenRows(t, b, short.modified(func(r *recipe) { r.Tests = 40 }), "test.jsonl")
	tests := writtenRows(t, b, short, "test.jsonl")
	seeded := writtenRows(t, b, short.modified(func(r *recipe) { r.Seed = 2 }), "test.jsonl")
	same, changed := 0, 0
	for id, r := range tests {
		if o, ok := other[id]; ok {
			if same++; o != r {
				t.Errorf("40 tests instead of 160: %+v instead of %+v", o, r)
			}
		}
		if s, ok := seeded[id]; ok && s.Text != r.Text {
			changed++
		}
	}
	if same == 0 || changed == 0 {
		t.Errorf("%d texts in common with fewer tests, %d changed by another seed", same, changed)
	}
}

// TestShortTasks: the flags --reviews, --tests and --length change the tasks with short texts as
// they change the others, and each has the texts' lengths on both sides.
func TestShortTasks(t *testing.T) {
	for name, want := range map[string]struct{ reviews, tests int }{
		"train-short": {320, 256}, "train-short-bfloat16": {320, 256}, "evaluate-short": {96, 500}, "evaluate-short-bfloat16": {96, 500},
	} {
		task, ok := taskByName(name)
		if !ok {
			t.Errorf("no task %s", name)
			continue
		}
		whole, ok := taskByName(strings.Replace(name, "-short", "", 1))
		if !ok {
			t.Fatal(name)
		}
		for _, how := range []recipe{task.ours, task.peer} {
			if how.Reviews != want.reviews || how.Tests != want.tests || how.MinWords != 3 || how.MaxWords != 40 {
				t.Errorf("%s: %+v", name, how)
			}
			how.Reviews, how.Tests, how.MinWords, how.MaxWords = whole.ours.Reviews, whole.ours.Tests, 0, 0
			a, _ := json.Marshal(how)
			b, _ := json.Marshal(whole.ours)
			if string(a) != string(b) {
				t.Errorf("%s differs from the task with whole reviews: %s and %s", name, a, b)
			}
		}
		if how := task.sized(7, 8, 9).ours; how.Reviews != 7 || how.Tests != 8 || how.Length != 9 || how.MaxWords != 40 {
			t.Errorf("%s: %+v", name, how)
		}
	}
}
