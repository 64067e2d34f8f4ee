package finetune

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
)

// toyOf returns the toy experiment with a method.
func toyOf(t *testing.T, m Method) Experiment {
	t.Helper()
	e := toy(t)
	if e.Method = m; m != LoRA {
		e.Adapter = lora.Config{}
	}
	if m == Full {
		e.Training.LearningRate = 2e-3
	}
	return e
}

// TestMethodGradients compares one batch's gradients of all trainable tensors with PyTorch's:
// every weight, or the two of the classifier.
func TestMethodGradients(t *testing.T) {
	testenv.NeedsTime(t, "it compares the gradients of every method")
	for method, tensors := range map[Method]int{Full: 5 + 2*16 + 4, HeadOnly: 2} {
		t.Run(method.String(), func(t *testing.T) {
			r := openToy(t, filepath.Join(t.TempDir(), "run"), toyOf(t, method), Options{})
			n := openNetwork(t, r, true)
			dir := filepath.Join(t.TempDir(), "model")
			if err := n.Model.Save(dir); err != nil {
				t.Fatal(err)
			}
			examples, err := r.Examples(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			want := peft(t, method.String(), dir, "-", n.Tokenizer, examples.Test[:8], 20)
			compared, worst := compareGradients(t, r, n, examples.Test[:8], "", want)
			t.Logf("%d gradients, largest difference relative to each tensor's largest value: %.2g", compared, worst)
			if compared != tensors || worst > 1e-4 {
				t.Errorf("expected %d tensors within 1e-4", tensors)
			}
		})
	}
}

// The numbers of trainable and of all parameters follow from formulas.
func TestMethodParameters(t *testing.T) {
	const h, classifier = 16, 2*16 + 2
	for method, c := range map[string]struct {
		change func(*Experiment)
		want   func(all int) int
	}{
		"head": {func(e *Experiment) { e.Method = HeadOnly }, func(int) int { return classifier }},
		"head and pooler": {func(e *Experiment) {
			e.Method, e.Adapter.ModulesToSave = HeadOnly, []string{"classifier", "pooler.dense"}
		}, func(int) int { return classifier + h*h + h }},
		"the module around the layer": {func(e *Experiment) {
			e.Method, e.Adapter.ModulesToSave = HeadOnly, []string{"classifier", "pooler"}
		}, func(int) int { return classifier + h*h + h }},
		"full": {func(e *Experiment) { e.Method = Full }, func(all int) int { return all }},
	} {
		t.Run(method, func(t *testing.T) {
			e := toy(t)
			e.Adapter = lora.Config{}
			c.change(&e)
			n := openNetwork(t, openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{}), true)
			config := n.Config
			norm := 2 * h
			layer := 4*(h*h+h) + 2*norm + config.IntermediateSize*h*2 + config.IntermediateSize + h
			whole := (config.VocabSize+config.MaxPositionEmbeddings+config.TypeVocabSize)*h + norm + config.NumHiddenLayers*layer + h*h + h + classifier
			learns, all, err := n.learned.Counts()
			if err != nil || all != whole || learns != c.want(whole) {
				t.Errorf("%d of %d (%v), expected %d of %d", learns, all, err, c.want(whole), whole)
			}
		})
	}
}

// A training step of the head alone has hardly more nodes than the forward pass, since the
// gradient stops at the frozen encoder.
func TestHeadGradientIsShort(t *testing.T) {
	nodes := func(m Method, gradient bool) (count int) {
		r := openToy(t, filepath.Join(t.TempDir(), "run"), toyOf(t, m), Options{Backend: testenv.GoBackend(t)})
		n := openNetwork(t, r, true)
		objective := objective.New(classify.WholeNetwork(n.encoder), objective.CrossEntropy)
		exec, err := feed.New(r.engine.Backend, n.Store, objective.Signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
			root.Store().SetTraining(in.IDs.Graph(), true)
			if !gradient {
				out, _ := objective.Loss(root, in)
				count = int(out.Id())
				return []*graph.Node{out}
			}
			out, _, grads := trainer.Gradients(root, in, objective)
			for _, grad := range grads {
				out = graph.Add(out, graph.ReduceAllSum(grad))
			}
			count = int(out.Id())
			return []*graph.Node{out}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		examples, err := r.Examples(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		batcher, err := batching.NewBatcher(n.Tokenizer.EncodeAll(data.Texts(examples.Test[:4]), r.Experiment.Data.MaxLength), data.Labels(examples.Test[:4]), batching.Options{Rows: 4, Lengths: batching.LengthsUpTo(r.Experiment.Data.MaxLength)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exec.Call(batcher.InOrder().At(0).Tensors()); err != nil {
			t.Fatal(err)
		}
		return count
	}
	forward := nodes(HeadOnly, false)
	head, full := nodes(HeadOnly, true)-forward, nodes(Full, true)-forward
	t.Logf("%d nodes forward, %d more for the head's gradient, %d for all weights'", forward, head, full)
	if head > forward/4 || full < forward {
		t.Errorf("expected at most a quarter of the forward pass for the head, and more than the forward pass for all weights")
	}
}

// TestMethodFaults: settings that a method would ignore are refused by name.
func TestMethodFaults(t *testing.T) {
	for field, e := range map[string]Experiment{
		"method":                         {Method: "prefix"},
		"adapter":                        {Method: Full, Adapter: lora.Config{R: 4}},
		"adapter.modules_to_save":        {Method: HeadOnly, Adapter: lora.Config{ModulesToSave: []string{}}},
		"training.loraplus_lr_ratio":     {Method: HeadOnly, Training: Training{LoRAPlusLRRatio: 4}},
		"training.loraplus_lr_embedding": {Training: Training{LoRAPlusLREmbedding: 1e-6}},
	} {
		e, err := e.WithDefaults()
		if err == nil {
			err = e.Validate()
		}
		if bad, ok := err.(*FieldError); !ok || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	e, err := Experiment{Method: "lora"}.WithDefaults()
	if err != nil || e.Method != LoRA || fmt.Sprint(e.Method) != "lora" {
		t.Errorf("%q, %v", e.Method, err)
	}
}
