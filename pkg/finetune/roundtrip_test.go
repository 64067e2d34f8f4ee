package finetune

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// peftOpens opens adapters in PEFT and computes their logits for classTexts. Each element of list
// is a class, a model and the adapter's folder: see testdata/auto_reference.py.
func peftOpens(t *testing.T, tokenizer *tokenizers.Tokenizer, list [][3]string) *safetensors.File {
	t.Helper()
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return inPython(t, tokenizer, reviewsOf(classTexts), 20, "auto_reference.py", path)
}

// drawAdapter combines the options of a configuration at random. The experiment validates it
// before the training.
func drawAdapter(rng *rand.Rand) lora.Config {
	pick := func(lists ...[]string) []string { return lists[rng.IntN(len(lists))] }
	c := lora.Config{
		R: 1 + rng.IntN(4), Alpha: float64(1 + rng.IntN(9)), RSLoRA: rng.IntN(3) == 0, DoRA: rng.IntN(4) == 0,
		TaskType:      pick([]string{"", "SEQ_CLS", lora.NoTask})[rng.IntN(3)],
		ModulesToSave: pick(nil, []string{}, []string{"pooler"}, []string{"classifier"}, []string{"score"}, []string{"pooler", "classifier"}, []string{"attention.output.dense"}, []string{"bert.encoder.layer.1.output.LayerNorm"}, []string{"position_embeddings"}),
		TargetModules: pick(nil, []string{"query", "dense"}, []string{"classifier", "query"}, []string{"pooler.dense"}, []string{"word_embeddings", "value"}, []string{lora.AllLinear}),
		Bias:          pick([]string{lora.BiasNone, lora.BiasNone, lora.BiasAll, lora.BiasLoRAOnly})[rng.IntN(4)],
		LoRABias:      rng.IntN(5) == 0,
	}
	if rng.IntN(5) == 0 {
		c = lora.Config{PeftType: lora.SHiRA, R: c.R, TaskType: c.TaskType, ModulesToSave: c.ModulesToSave, TargetModules: c.TargetModules}
	}
	return c
}

// TestSavedAdaptersOpen samples experiments at random, on models with and without a classifier.
// Each is refused before the training, or its folder gives the final logits of the training here,
// in PEFT, and here after PEFT has saved it again.
//
// The third model has the classes in another order than the data: PEFT's logits have the model's
// order, since Python uses its names.
func TestSavedAdaptersOpen(t *testing.T) {
	testenv.NeedsTime(t, "it trains by every method")
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(18, 1))
	models := []string{namedToy(t, false, "bad", "good"), namedToy(t, true, "bad", "good"), namedToy(t, true, "good", "bad")}
	source := toytest.Data(t)
	var names []string
	var list [][3]string
	var want [][]float32
	var tokenizer *tokenizers.Tokenizer
	fixed := []lora.Config{{ModulesToSave: []string{}}, {ModulesToSave: []string{"pooler"}}}
	for i := 0; len(list) < 40; i++ {
		e := toy(t)
		e.Data.Source, e.Model = source, models[i%3]
		if e.Adapter = drawAdapter(rng); i/3 < len(fixed) {
			e.Adapter = fixed[i/3]
		}
		name := fmt.Sprintf("%+v on model %d", e.Adapter, i%3)
		dir := filepath.Join(t.TempDir(), "run")
		r, err := Open(dir, e, Options{Backend: testenv.GoBackend(t)})
		if err != nil && i/3 >= len(fixed) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n, err := r.open(ctx, true)
		if err != nil && i/3 >= len(fixed) {
			_ = r.Close()
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for v := range n.Store.IterVariables() {
			if v.Trainable && v.DType().IsFloat() {
				toytest.Randomize(t, rng, 0.3, v)
			}
		}
		if err := n.learned.Save(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := r.predict(ctx, n, reviewsOf(classTexts), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		class := "AutoPeftModelForSequenceClassification"
		if r.Experiment.Adapter.TaskType == lora.NoTask {
			class = "BertForSequenceClassification"
		}
		names, tokenizer = append(names, name), n.Tokenizer
		list = append(list, [3]string{class, e.Model, r.Folder.Path(runfolder.AdapterDir)})
		want = append(want, got.Logits)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	opened := func(how, suffix string) {
		for i, one := range list {
			c, err := classify.Open(ctx, one[1], one[2]+suffix, classify.Options{Labels: []string{"bad", "good"}, MaxLength: 20})
			if err != nil {
				t.Errorf("%s, %s: %v", names[i], how, err)
				continue
			}
			got, err := c.Predict(ctx, reviewsOf(classTexts), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			closeLogits(t, names[i]+", "+how, got.Logits, want[i])
			c.Close()
		}
	}
	opened("opened here", "")
	if testenv.Get(t, "LORABOOK_PYTHON") == "" {
		return
	}
	f := peftOpens(t, tokenizer, list)
	for i := range list {
		values, err := f.Float32(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		for k := 0; list[i][1] == models[2] && k < len(values); k += 2 { // the model names good first
			values[k], values[k+1] = values[k+1], values[k]
		}
		closeLogits(t, names[i]+", in PEFT", values, want[i])
	}
	opened("saved again by PEFT", "-again")
}

// closeLogits requires logits within 1e-4 of want.
func closeLogits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d logits, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if d := got[i] - want[i]; !(d < 1e-4 && d > -1e-4) {
			t.Errorf("%s: logits %v, want %v", what, got, want)
			return
		}
	}
}
