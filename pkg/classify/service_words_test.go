package classify_test

import (
	"math"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
)

// TestServiceWords: the contributions of the words of a text and of a pair are those of a Classifier, for
// each class of every task that has them.
func TestServiceWords(t *testing.T) {
	ctx, modelDir := t.Context(), toytest.Model(t)
	dirs := saveAll(t, modelDir)
	delete(dirs, "names") // has classes of words
	s := newService(t, classify.ServiceOptions{Model: modelDir, Adapters: dirs, Sizes: []int{8, 24, 40}})
	const text, pair = "a b. c <br /> d e f g h k k", "k l, m"
	for _, name := range sortedNames(dirs) {
		c, err := classify.Open(ctx, modelDir, dirs[name], classify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		compare := func(class, second string) {
			t.Helper()
			gotText, gotPair, err := s.Words(ctx, classify.Request{Text: text, TextPair: second, Adapter: name}, class)
			if err != nil {
				t.Fatalf("%s, class %q: %v", name, class, err)
			}
			var wantText, wantPair []classify.WordEffect
			if second == "" {
				wantText, err = c.Words(ctx, text, class)
			} else {
				wantText, wantPair, err = c.WordsOfPair(ctx, text, second, class)
			}
			if err != nil {
				t.Fatalf("%s, class %q: %v", name, class, err)
			}
			moved := 0.0
			for _, part := range []struct{ got, want []classify.WordEffect }{{gotText, wantText}, {gotPair, wantPair}} {
				if len(part.got) != len(part.want) {
					t.Fatalf("%s, class %q: %d words, expected %d", name, class, len(part.got), len(part.want))
				}
				for i, e := range part.got {
					want := part.want[i]
					if !(math.Abs(e.Effect-want.Effect) <= 1e-5) || e.Text != want.Text {
						t.Errorf("%s, class %q, pair %q: %+v, expected %+v", name, class, second, e, want)
					}
					moved = max(moved, math.Abs(e.Effect))
				}
			}
			if words := 10; len(gotText) != words || moved < 1e-3 {
				t.Errorf("%s, class %q: %d words with a largest effect of %v: expected %d words, and effects that a comparison tells apart", name, class, len(gotText), moved, words)
			}
		}
		for _, class := range every[name].labels {
			if !every[name].record.Pairs {
				compare(class, "")
			}
			compare(class, pair)
		}
	}
}
