package pretrain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
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
