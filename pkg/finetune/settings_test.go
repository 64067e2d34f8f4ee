package finetune

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Settings with which PEFT computes plain LoRA are interpreted as in PEFT, and a warning names
// the settings without effect.
func TestSettingsAsPEFT(t *testing.T) {
	ctx := context.Background()
	model := namedToy(t, false, "bad", "good")
	tokenizer := openBare(t, model).Tokenizer
	cases := []struct {
		config lora.Config
		field  string
		value  any // nil: the field is missing
		warns  string
	}{
		{lora.Config{}, "init_lora_weights", "mica", ""},
		{lora.Config{}, "init_lora_weights", "MiCA", ""},
		{lora.Config{}, "init_lora_weights", "Gaussian", ""},
		{lora.Config{}, "target_modules", nil, ""},
		{lora.Config{}, "target_modules", json.RawMessage("null"), ""},
		{lora.Config{PeftType: lora.SHiRA}, "target_modules", nil, ""},
		{lora.Config{LayersToTransform: []int{0}}, "layers_to_transform", []int{0, 40}, "[40]"},
		{lora.Config{}, "ensure_weight_tying", true, "ensure_weight_tying"},
		{lora.Config{}, "lora_dropout", 1.0, "lora_dropout"},
		{lora.Config{}, "lora_alpha", 0, "lora_alpha is 0"},
		{lora.Config{}, "lora_alpha", -4, "subtracted"},
		{lora.Config{AlphaPattern: lora.Patterns[float64]{{Modules: "value", Value: 3}}}, "lora_alpha", 0, "lora_alpha is 0"},
		{lora.Config{}, "alpha_pattern", map[string]any{"query": -3, "layer.1.attention.self.value": 0}, "subtracted"},
	}
	var list [][3]string
	var answers [][]classify.Answer
	var plain [][]classify.Answer
	for i, c := range cases {
		c.config.R = 2
		dir := toyAdapters(t, model, map[string]lora.Config{"one": c.config})["one"]
		plain = append(plain, answersOf(t, model, dir, classify.Options{}))
		setField(t, dir, "base_model_name_or_path", model)
		setField(t, dir, c.field, c.value)
		what := fmt.Sprintf("%d: %s %v", i, c.field, c.value)
		one, err := classify.Open(ctx, "", dir, classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if warnings := strings.Join(one.Warnings, "; "); !strings.Contains(warnings, c.warns) || c.warns == "" && warnings != "" {
			t.Errorf("%s: warnings %q, expected %q", what, warnings, c.warns)
		}
		one.Close()
		answers = append(answers, answersOf(t, "", dir, classify.Options{}))
		list = append(list, [3]string{"AutoPeftModelForSequenceClassification", "", dir})
		if changes := strings.Contains(c.field, "alpha"); (apart(answers[i], plain[i]) > 1e-4) != changes {
			t.Errorf("%s: answers %v, without it %v", what, answers[i][0], plain[i][0])
		}
	}
	testenv.Need(t, "LORABOOK_PYTHON")
	f := peftOpens(t, tokenizer, list)
	for i, c := range cases {
		logits, err := f.Float32(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		for k, a := range answers[i] {
			if p := 1 / (1 + math.Exp(float64(logits[2*k+1]-logits[2*k]))); math.Abs(p-a.Probabilities[0]) > 1e-5 {
				t.Errorf("%d: %s %v: text %d: %g, in PEFT %g", i, c.field, c.value, k, a.Probabilities[0], p)
			}
		}
	}
}

// TestAdvice follows the remedies of the errors about other adapters in PEFT, and opens the
// results.
func TestAdvice(t *testing.T) {
	ctx := context.Background()
	model, dir := namedToy(t, false, "bad", "good"), t.TempDir()
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), "testdata/advice_reference.py", model, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := safetensors.Open(filepath.Join(dir, "logits.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.Names() {
		logits, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		want := 1 / (1 + math.Exp(float64(logits[1]-logits[0])))
		c, err := classify.Open(ctx, model, filepath.Join(dir, name), classify.Options{MaxLength: 20})
		if name != "mica" && name != "Gaussian" && (err == nil || !strings.Contains(err.Error(), "merge_and_unload().save_pretrained")) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			c.Close()
		}
		m, err := bert.Open(ctx, filepath.Join(dir, name+"-whole"), bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}})
		if err != nil {
			t.Fatal(err)
		}
		p, err := classify.NewPredictor(testenv.GoBackend(t), m, m.Encoder(), 20)
		if err != nil {
			t.Fatal(err)
		}
		answers, err := classify.New(m, p).Classify(ctx, []string{"k a b k"})
		if err != nil {
			t.Fatal(err)
		}
		if d := answers[0].Probabilities[0] - want; math.Abs(d) > 1e-5 {
			t.Errorf("%s, merged by PEFT: logits differ by %g", name, d)
		}
		p.Close()
	}
	for name, dir := range map[string]string{"mica": filepath.Join(dir, "mica"), "Gaussian": filepath.Join(dir, "Gaussian"), "loha": filepath.Join(dir, "loha-lora")} {
		logits, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := classify.Open(ctx, model, dir, classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		answers, err := c.Classify(ctx, []string{"k a b k"})
		if err != nil {
			t.Fatal(err)
		}
		if d := answers[0].Probabilities[0] - 1/(1+math.Exp(float64(logits[1]-logits[0]))); math.Abs(d) > 1e-5 {
			t.Errorf("%s: logits differ by %g", name, d)
		}
		c.Close()
	}
}
