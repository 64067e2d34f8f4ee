package pretrain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
)

// Held-out texts are never training texts, and neither is the test half.
func TestHeldOutTexts(t *testing.T) {
	dir := t.TempDir()
	name := func(i int) string { // texts that differ: numbers written in letters
		return fmt.Sprintf("%c %c %c", 'a'+i/100, 'a'+i/10%10, 'a'+i%10)
	}
	for half, from := range map[string]int{"train": 0, "unsupervised": 100, "test": 300} {
		text := "text,label\n"
		for i := range 100 {
			label := []string{"bad", "good"}[i%2]
			if half == "unsupervised" {
				label = ""
			}
			text += name(from+i) + "," + label + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, half+".csv"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tokenizer := toyTokenizer(t)
	p := Pretraining{Texts: []string{dir}, HeldOut: 30, Seed: 1}
	c, err := p.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, currentRules)
	if err != nil {
		t.Fatal(err)
	}
	learn, held := c.learn, c.held
	if len(learn) != 170 || len(held) != 30 {
		t.Fatalf("%d training texts, %d held out", len(learn), len(held))
	}
	seen := map[string]bool{}
	for _, ids := range append(slices.Clone(learn), held...) {
		seen[tokenizer.Decode(ids)] = true
	}
	for i := range 400 {
		if seen[name(i)] != (i < 200) {
			t.Errorf("text %d (%s) is read: %v", i, name(i), seen[name(i)])
		}
	}
	twice := p
	twice.Texts = []string{dir, dir}
	twice.HeldOut = 150
	c2, err := twice.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, currentRules)
	if err != nil {
		t.Fatal(err)
	}
	learn2, held2 := c2.learn, c2.held
	of := map[string]bool{}
	for _, ids := range learn2 {
		of[tokenizer.Decode(ids)] = true
	}
	for _, ids := range held2 {
		if of[tokenizer.Decode(ids)] {
			t.Errorf("%q is held out and a training text", tokenizer.Decode(ids))
		}
	}
	if len(learn2) != 250 || len(of)+len(held2) < 200 || len(held2) == 0 || len(held2) >= 150 {
		t.Errorf("of 200 texts, each twice, %d are training texts and %d are evaluated", len(learn2), len(held2))
	}
	again, err := p.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, currentRules)
	if err != nil || !slices.EqualFunc(held, again.held, slices.Equal) {
		t.Errorf("the same seed holds out other texts (%v)", err)
	}
	p.Seed = 2
	if other, err := p.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, currentRules); err != nil || slices.EqualFunc(held, other.held, slices.Equal) {
		t.Errorf("another seed holds out the same texts (%v)", err)
	}
}

// canceller is a context that ends after a number of calls of Err.
type canceller struct {
	context.Context
	looks, after int
}

func (c *canceller) Err() error {
	if c.looks++; c.looks > c.after {
		return context.Canceled
	}
	return nil
}

// Reading stops within the file, at its end, and during the tokenization.
func TestReadingTextsStops(t *testing.T) {
	p := Pretraining{Texts: []string{toytest.Texts(t, 1500)}, HeldOut: 20, Seed: 1}
	tokenizer := toyTokenizer(t)
	whole := &canceller{context.Background(), 0, math.MaxInt}
	if _, err := p.corpus(whole, toytest.EmptyRun(t), tokenizer, currentRules); err != nil {
		t.Fatal(err)
	}
	if whole.looks < 1500 {
		t.Errorf("1500 texts are read with %d looks at the context", whole.looks)
	}
	for _, after := range []int{0, 1, whole.looks / 2, whole.looks - 3, whole.looks - 2, whole.looks - 1} {
		c, err := p.corpus(&canceller{context.Background(), 0, after}, toytest.EmptyRun(t), tokenizer, currentRules)
		if !errors.Is(err, context.Canceled) || c != nil {
			t.Errorf("after %d of %d looks: %v, %v", after, whole.looks, c, err)
		}
	}
}

// A held-out text with the tokens of a training text is not evaluated, since the model sees no
// difference. A training that an earlier version began keeps its held-out texts, with a warning.
func TestHeldOutTextsHaveOtherTokens(t *testing.T) {
	var lines []string
	for i := range 60 {
		text := strings.Repeat("ab ", i/2%10+1) + string(rune('a'+i/2/10))
		lines = append(lines, text+" "+[]string{"Ω", "Ψ"}[i%2]) // both are unknown
	}
	path := filepath.Join(t.TempDir(), "texts.csv")
	toytest.WriteFile(t, path, "text\n"+strings.Join(lines, "\n")+"\n")
	tokenizer := toyTokenizer(t)
	p := Pretraining{Texts: []string{path}, HeldOut: 20, Seed: 1}
	same := func(c *corpus) (n int) {
		for _, held := range c.held {
			if slices.ContainsFunc(c.learn, func(ids []int32) bool { return slices.Equal(ids, held) }) {
				n++
			}
		}
		return n
	}
	first, err := p.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, firstRules)
	if err != nil {
		t.Fatal(err)
	}
	leaked := same(first)
	if want := fmt.Sprintf("%d of 20 held-out texts have the tokens of a training text", leaked); len(first.held) != 20 || leaked == 0 || len(first.warnings) != 1 || !strings.Contains(first.warnings[0], want) {
		t.Fatalf("by the first rules %d texts are held out, %d with the tokens of others, and the warnings are %q", len(first.held), leaked, first.warnings)
	}
	now, err := p.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, currentRules)
	if err != nil {
		t.Fatal(err)
	}
	if same(now) > 0 || len(now.held) != 20-leaked || len(now.warnings) > 0 || !slices.EqualFunc(now.learn, first.learn, slices.Equal) {
		t.Errorf("%d texts are held out, %d with the tokens of others, expected %d and 0; %q", len(now.held), same(now), 20-leaked, now.warnings)
	}
	toytest.WriteFile(t, path, "text\na Ω\na Ψ\na Φ\na Σ\n")
	p.HeldOut = 2
	_, err = p.corpus(context.Background(), toytest.EmptyRun(t), tokenizer, currentRules)
	toytest.WantField(t, err, "held_out")
}
