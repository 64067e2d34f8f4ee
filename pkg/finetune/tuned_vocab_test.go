package finetune

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
)

// PEFT adapters that contain the word embeddings of their base, because of added tokens or
// because all embeddings were saved, answer as in PEFT.
func TestAddedTokens(t *testing.T) {
	ctx := context.Background()
	model := namedToy(t, false, "bad", "good")
	dir := t.TempDir()
	texts := []string{"a b c", "<film> k a", "a<film>b <star>", "k"}
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), append([]string{"testdata/resized_reference.py", model, dir}, texts...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := safetensors.Open(filepath.Join(dir, "logits.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.Names() {
		want, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		check := func(how string, c *classify.Classifier, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
				return
			}
			defer c.Close()
			answers, err := c.Classify(ctx, texts)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range answers {
				if p := 1 / (1 + math.Exp(float64(want[2*i+1]-want[2*i]))); math.Abs(p-a.Probabilities[0]) > 1e-5 {
					t.Errorf("%s, %s: %q: %g, in PEFT %g", name, how, texts[i], a.Probabilities[0], p)
				}
			}
		}
		folder := filepath.Join(dir, name)
		c, err := classify.Open(ctx, "", folder, classify.Options{})
		check("opened", c, err)
		if !strings.HasPrefix(name, "copied") {
			_, err := classify.OpenClassifiers(ctx, "", map[string]string{"one": folder}, classify.ClassifiersOptions{})
			if err == nil || !strings.Contains(err.Error(), "tokens were added") {
				t.Errorf("%s, among classifiers: %v", name, err)
			}
			for _, file := range []string{"tokenizer.json", "vocab.txt"} {
				_ = os.Remove(filepath.Join(folder, file))
			}
			if _, err := classify.Open(ctx, "", folder, classify.Options{}); err == nil || !strings.Contains(err.Error(), "tokenizer.save_pretrained") {
				t.Errorf("%s, without its tokenizer: %v", name, err)
			}
		}
	}
	other := turnedWords(t, model)
	for _, name := range []string{"copied", "copied-targeted"} {
		if _, err := classify.Open(ctx, other, filepath.Join(dir, name), classify.Options{}); err == nil || !strings.Contains(err.Error(), "of another base model") {
			t.Errorf("%s was opened on a base with other word embeddings: %v", name, err)
		}
	}
	one, err := classify.OpenClassifiers(ctx, "", map[string]string{"one": filepath.Join(dir, "copied")}, classify.ClassifiersOptions{})
	if err != nil {
		t.Fatal(err)
	}
	one.Close()
}
