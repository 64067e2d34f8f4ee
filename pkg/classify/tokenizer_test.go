package classify_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// withTokenizer copies an adapter and saves a tokenizer with changed pieces and options beside it.
func withTokenizer(t *testing.T, modelDir, adapter string, change func(pieces []string, o *tokenizers.Options) []string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "adapter")
	if err := os.CopyFS(dir, os.DirFS(adapter)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(modelDir, "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var o tokenizers.Options
	tok, err := tokenizers.New(change(strings.Fields(string(text)), &o), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := tok.Save(dir, 20); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The tokenizer in an adapter's folder is used where it gives other ids than the model's, with a warning,
// and refused where several adapters share the model's.
func TestAdaptersTokenizer(t *testing.T) {
	ctx := context.Background()
	modelDir := toytest.Model(t)
	m, err := bert.Open(ctx, modelDir, bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain := every["mood"].save(t, modelDir, filepath.Join(t.TempDir(), "mood"), 1)
	open := func(dir string) *classify.Classifier {
		t.Helper()
		c, err := classify.Open(ctx, modelDir, dir, classify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	answer := func(c *classify.Classifier, text string) []float64 {
		t.Helper()
		answers, err := c.Classify(ctx, []string{text})
		if err != nil {
			t.Fatal(err)
		}
		return answers[0].Probabilities
	}
	several := func(dir string) error {
		c, err := classify.OpenClassifiers(ctx, modelDir, map[string]string{"mood": dir}, classify.ClassifiersOptions{})
		if err == nil {
			c.Close()
			s := newService(t, classify.ServiceOptions{Model: modelDir})
			return s.Load(ctx, "mood", dir, classify.AdapterOptions{})
		}
		s := newService(t, classify.ServiceOptions{Model: modelDir})
		if served := s.Load(ctx, "mood", dir, classify.AdapterOptions{}); served == nil || served.Error() != err.Error() {
			t.Errorf("the service: %v, OpenClassifiers: %v", served, err)
		}
		return err
	}
	base := open(plain)

	t.Run("the same", func(t *testing.T) {
		dir := withTokenizer(t, modelDir, plain, func(pieces []string, o *tokenizers.Options) []string { return pieces })
		path := filepath.Join(dir, "tokenizer.json")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		fields["truncation"] = map[string]any{"direction": "Right", "max_length": 7, "strategy": "LongestFirst", "stride": 0}
		fields["padding"] = map[string]any{"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": nil, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
		if text, err = json.Marshal(fields); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if c := open(dir); len(c.Warnings) > 0 {
			t.Errorf("warnings %q", c.Warnings)
		}
		if err := several(dir); err != nil {
			t.Error(err)
		}
	})
	for _, test := range []struct {
		name, text, as, want string // text is read as the base reads as
		change               func(pieces []string, o *tokenizers.Options) []string
	}{
		{"lower case", "A B c", "a b c", "lower-cases letters: true, expected false", func(pieces []string, o *tokenizers.Options) []string {
			o.Lowercase = true
			return pieces
		}},
		{"two words exchanged", "a b c", "b a c", `the token "a" has id 6, expected 5`, func(pieces []string, o *tokenizers.Options) []string {
			a, b := slices.Index(pieces, "a"), slices.Index(pieces, "b")
			pieces[a], pieces[b] = pieces[b], pieces[a]
			return pieces
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := withTokenizer(t, modelDir, plain, test.change)
			c := open(dir)
			if warnings := strings.Join(c.Warnings, "; "); !strings.Contains(warnings, test.want) || !strings.Contains(warnings, dir) {
				t.Errorf("warnings %q, expected %q", warnings, test.want)
			}
			if diff := cmp.Diff(answer(base, test.as), answer(c, test.text), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
				t.Error(diff)
			}
			if err := several(dir); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "open the adapter alone") {
				t.Errorf("among others: %v", err)
			}
		})
	}
	t.Run("added without embeddings", func(t *testing.T) {
		dir := withTokenizer(t, modelDir, plain, func(pieces []string, o *tokenizers.Options) []string {
			for len(pieces) <= m.Config.VocabSize {
				pieces = append(pieces, "<"+strings.Repeat("x", len(pieces))+">")
			}
			return pieces
		})
		_, err := classify.Open(ctx, modelDir, dir, classify.Options{})
		for _, err := range []error{err, several(dir)} {
			if err == nil || !strings.Contains(err.Error(), "49 tokens, and the model 48 word embeddings") || !strings.Contains(err.Error(), "save_embedding_layers=True") {
				t.Errorf("got %v, expected the numbers of tokens and embeddings", err)
			}
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		dir := withTokenizer(t, modelDir, plain, func(pieces []string, o *tokenizers.Options) []string { return pieces })
		if err := os.WriteFile(filepath.Join(dir, "tokenizer.json"), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := classify.Open(ctx, modelDir, dir, classify.Options{}); err == nil || !strings.Contains(err.Error(), "remove the files of the other one") {
			t.Errorf("got %v", err)
		}
	})
}
