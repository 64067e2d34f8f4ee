package pretrain

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Each invalid field is named in the error, and no folder is created.
func TestPretrainingFaults(t *testing.T) {
	if err := (Pretraining{}).WithDefaults().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		field string
		spoil func(*Pretraining)
	}{
		"steps":          {"stages[0].steps", func(p *Pretraining) { p.Stages[0].Steps = 0 }},
		"rows":           {"stages[1].rows", func(p *Pretraining) { p.Stages[1].Rows = -1 }},
		"length":         {"stages[1].length", func(p *Pretraining) { p.Stages[1].Length = 3 }},
		"odd rows":       {"stages[1].rows", func(p *Pretraining) { p.Stages[1].Rows = 7 }},
		"one pair":       {"stages[0].rows", func(p *Pretraining) { p.Stages[0].Rows = 2 }},
		"too many rows":  {"stages[1].rows", func(p *Pretraining) { p.Stages[1].Rows = 1 << 40 }},
		"rows overflow":  {"stages[1].rows", func(p *Pretraining) { p.Stages[1].Rows = math.MaxInt - 1 }},
		"steps overflow": {"stages[1].steps", func(p *Pretraining) { p.Stages[0].Steps, p.Stages[1].Steps = math.MaxInt32, 1 }},
		"held_out":       {"held_out", func(p *Pretraining) { p.HeldOut = -1 }},
		"measure_every":  {"measure_every", func(p *Pretraining) { p.MeasureEvery = -2 }},
		"mask 1":         {"mask", func(p *Pretraining) { p.Mask = 1 }},
		"mask below 0":   {"mask", func(p *Pretraining) { p.Mask = -0.1 }},
		"mask NaN":       {"mask", func(p *Pretraining) { p.Mask = math.NaN() }},
		"contrast":       {"contrast", func(p *Pretraining) { p.Contrast = -1 }},
		"contrast NaN":   {"contrast", func(p *Pretraining) { p.Contrast = math.NaN() }},
		"contrast Inf":   {"contrast", func(p *Pretraining) { p.Contrast = math.Inf(1) }},
		"bag":            {"bag", func(p *Pretraining) { p.Bag = -1 }},
		"bag NaN":        {"bag", func(p *Pretraining) { p.Bag = math.NaN() }},
		"neighbours":     {"neighbours", func(p *Pretraining) { p.Neighbours = -1 }},
		"no pairs":       {"neighbours", func(p *Pretraining) { p.Contrast, p.Neighbours = 0, 4 }},
		"teacher.model":  {"teacher.model", func(p *Pretraining) { p.Teacher = &Teacher{} }},
		"teacher.layers": {"teacher.layers[1]", func(p *Pretraining) { p.Teacher = &Teacher{Model: "m", Layers: []int{2, 2}} }},
		"teacher.texts":  {"teacher.texts", func(p *Pretraining) { p.Teacher = &Teacher{Model: "m", Texts: -1} }},
		"teacher.weight": {"teacher.weight", func(p *Pretraining) { p.Teacher = &Teacher{Model: "m", Weight: math.Inf(1)} }},
		"contrast 1e39":  {"contrast", func(p *Pretraining) { p.Contrast = 1e39 }},
		"bag 1e-60":      {"bag", func(p *Pretraining) { p.Bag = 1e-60 }},
		"teacher 1e-60":  {"teacher.weight", func(p *Pretraining) { p.Teacher = &Teacher{Model: "m", Weight: 1e-60} }},
		"precision":      {"precision", func(p *Pretraining) { p.Precision = "float8" }},
		"learning_rate":  {"learning_rate", func(p *Pretraining) { p.LearningRate = -1 }},
		"schedule":       {"schedule", func(p *Pretraining) { p.Schedule = "stairs" }},
		"warmup":         {"warmup", func(p *Pretraining) { p.Warmup = 1 }},
		"weight_decay":   {"weight_decay", func(p *Pretraining) { p.WeightDecay = -0.1 }},
		"adam_beta1":     {"adam_beta1", func(p *Pretraining) { p.Beta1 = 1 }},
		"adam_beta2":     {"adam_beta2", func(p *Pretraining) { p.Beta2 = 1 }},
		"adam_epsilon":   {"adam_epsilon", func(p *Pretraining) { p.Epsilon = -1 }},
		"max_grad_norm":  {"max_grad_norm", func(p *Pretraining) { p.MaxGradNorm = -2 }},
	} {
		t.Run(name, func(t *testing.T) {
			p := Pretraining{Contrast: 0.1, Stages: []Stage{{Steps: 2, Rows: 8, Length: 16}, {Steps: 2, Rows: 8, Length: 16}}}
			c.spoil(&p)
			dir := filepath.Join(t.TempDir(), "run")
			_, err := Run(context.Background(), dir, p, Options{})
			toytest.WantField(t, err, c.field)
			if _, err := os.Stat(dir); err == nil {
				t.Error("a folder was created")
			}
		})
	}
}

// Faults that appear only when the work begins are named, and the folder contains the experiment
// alone.
func TestPretrainFaults(t *testing.T) {
	engine := testenv.GoBackend(t)
	write := func(t *testing.T, name, content string) []string {
		t.Helper()
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return []string{path}
	}
	lines := func(n int, text string) string {
		return "text\n" + strings.Repeat(text+"\n", n)
	}
	for name, c := range map[string]struct {
		spoil func(*testing.T, *Pretraining)
		field string // "": not a *settings.FieldError
		says  []string
	}{
		"no masked-LM head":            {func(t *testing.T, p *Pretraining) { p.Model = toytest.Model(t) }, "", []string{"no masked-language-model head, but an encoder alone: use a model that was saved with this head", "cls.predictions.bias"}},
		"a classification model":       {func(t *testing.T, p *Pretraining) { p.Model = toytest.Classifier(t, data.SingleLabel) }, "", []string{"no masked-language-model head, since the model was saved for another task: use its base model"}},
		"no pooler":                    {func(t *testing.T, p *Pretraining) { p.Model = withoutPooler(t) }, "contrast", []string{"no pooler", "0.1"}},
		"longer than the model allows": {func(t *testing.T, p *Pretraining) { p.Stages[1].Length = 21 }, "stages[1].length", []string{"21", "20"}},
		"held out too many":            {func(t *testing.T, p *Pretraining) { p.HeldOut = 60 }, "held_out", []string{"60", "set fewer, such as 6", "the default, 500"}},
		"missing texts":                {func(t *testing.T, p *Pretraining) { p.Texts = append(p.Texts, "nowhere.jsonl") }, "", []string{"texts[1]", "nowhere.jsonl", "no such file"}},
		"texts without a text":         {func(t *testing.T, p *Pretraining) { p.Texts = write(t, "texts.csv", "price,weight\n3,4\n") }, "", []string{"texts[0]", "text"}},
		"the same text everywhere":     {func(t *testing.T, p *Pretraining) { p.Texts = write(t, "texts.csv", lines(20, "a b c")) }, "held_out", []string{"12", "8"}},
		"too few to compare":           {func(t *testing.T, p *Pretraining) { p.HeldOut = 57 }, "stages[0].rows", []string{"contrast", "3 texts"}},
		"words without tokens": {func(t *testing.T, p *Pretraining) {
			text := "text\n"
			for i := range 40 {
				text += "Z" + strings.Repeat("!", i) + "\n"
			}
			p.Texts = write(t, "texts.csv", text)
		}, "texts", []string{"without a token that can be masked", "vocabulary does not fit"}},
		"a missing teacher":                     {func(t *testing.T, p *Pretraining) { p.Teacher = &Teacher{Model: "nobody/nowhere.zip"} }, "", []string{"teacher.model", "nobody/nowhere.zip"}},
		"a teacher without a place for a token": {func(t *testing.T, p *Pretraining) { p.Teacher = &Teacher{Model: toyTeacherOf(t, 2)} }, "teacher.model", []string{"max_position_embeddings", "at most 2"}},
		"a damaged teacher": {func(t *testing.T, p *Pretraining) {
			p.Teacher = &Teacher{Model: toyTeacher(t)}
			toNaN(t, p.Teacher.Model, "bert.embeddings.LayerNorm.bias")
		}, "teacher.model", []string{"not finite", "damaged"}},
		"a damaged model": {func(t *testing.T, p *Pretraining) { toNaN(t, p.Model, "bert.embeddings.LayerNorm.bias") }, "model", []string{"bert.embeddings.LayerNorm.bias is not finite", "damaged"}},
		"a missing layer": {func(t *testing.T, p *Pretraining) { p.Teacher = &Teacher{Model: toyTeacher(t), Layers: []int{1, 4}} }, "teacher.layers[1]", []string{"4", "3"}},
		"a teacher with other words": {func(t *testing.T, p *Pretraining) {
			p.Teacher = &Teacher{Model: toyTeacher(t)}
			text := "text\n"
			for i := range 40 { // the teacher strips accents: a single accent is no word for it
				text += fmt.Sprintf("a \u0301 b %c %c\n", 'a'+i/10, 'a'+i%10)
			}
			p.Texts = write(t, "texts.csv", text)
		}, "teacher.model", []string{"into 4 words", "case and accents", "a \u0301 b"}},
		"a high weight of a loss":   {func(t *testing.T, p *Pretraining) { p.Contrast = 3e38 }, "", []string{"step 1", "learning_rate is not the cause"}},
		"a diverging learning rate": {func(t *testing.T, p *Pretraining) { p.LearningRate, p.MaxGradNorm, p.Warmup = 1e30, -1, -1 }, "", []string{"step", "loss", "learning_rate"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := toyPretraining(t)
			c.spoil(t, &p)
			dir := filepath.Join(t.TempDir(), "run")
			_, err := Run(context.Background(), dir, p, Options{Backend: engine})
			if err == nil {
				t.Fatal("trained")
			}
			if c.field != "" {
				toytest.WantField(t, err, c.field)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
			for _, name := range []string{runfolder.ModelDir, runfolder.CheckpointsDir, runfolder.PretrainedFile} {
				if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
					t.Errorf("%s remains", name)
				}
			}
		})
	}
}

// toNaN sets the first value of a tensor of a model to NaN.
func toNaN(t *testing.T, dir, tensor string) {
	t.Helper()
	rewriteTensors(t, dir, func(n *safetensors.Named) bool {
		if n.Name == tensor {
			binary.LittleEndian.PutUint32(n.Data, math.Float32bits(float32(math.NaN())))
		}
		return true
	})
}

// withoutPooler returns a folder with the toy model without a pooler, as many masked language
// models are saved.
func withoutPooler(t *testing.T) string {
	t.Helper()
	dir := toytest.MaskedModel(t)
	rewriteTensors(t, dir, func(n *safetensors.Named) bool { return !strings.HasPrefix(n.Name, "bert.pooler.") })
	return dir
}

// rewriteTensors changes the tensors of a model, and leaves out those that keep refuses.
func rewriteTensors(t *testing.T, dir string, keep func(*safetensors.Named) bool) {
	t.Helper()
	toytest.EditTensors(t, filepath.Join(dir, "model.safetensors"), func(all []safetensors.Named, _ map[string]string) []safetensors.Named {
		return slices.DeleteFunc(all, func(n safetensors.Named) bool { return !keep(&n) })
	})
}

// Masked language modelling needs no pooler.
func TestPretrainWithoutPooler(t *testing.T) {
	p := toyPretraining(t)
	p.Model, p.Contrast, p.Bag, p.Neighbours = withoutPooler(t), 0, 0, 0
	p.Stages = []Stage{{Steps: 2, Rows: 4, Length: 12}}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := Run(context.Background(), dir, p, Options{Backend: testenv.GoBackend(t)}); err != nil {
		t.Fatal(err)
	}
	m, err := bert.Open(context.Background(), filepath.Join(dir, runfolder.ModelDir), bert.Options{Head: bert.MaskedLM})
	if err != nil {
		t.Fatal(err)
	}
	if m.Store.GetVariable("/bert/pooler/dense/weight") != nil {
		t.Error("the model has a pooler")
	}
}
