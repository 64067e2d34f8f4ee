package finetune

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// openBare opens a model without a head.
func openBare(t *testing.T, dir string) *bert.Model {
	t.Helper()
	m, err := bert.Open(context.Background(), dir, bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// states returns the last hidden states of the tokens of classTexts, without padding. The adapter
// may be nil.
func states(t *testing.T, m *bert.Model, a *lora.Adapter) []float32 {
	t.Helper()
	encoder := m.Encoder()
	if a != nil {
		adapt(encoder, a)
	}
	exec, err := model.NewExec(testenv.GoBackend(t), m.Store, func(root *model.Scope, ids, lengths *graph.Node) *graph.Node {
		return encoder.LastHiddenState(root, bert.PaddedInputs(ids, lengths))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	rows := m.Tokenizer.EncodeAll(classTexts, 20)
	const width = 20
	ids, lengths := make([]int32, len(rows)*width), make([]int32, len(rows))
	for r, row := range rows {
		lengths[r] = int32(len(row))
		for i, id := range row {
			ids[r*width+i] = int32(id)
		}
	}
	out, err := exec.Call(tensors.FromFlatDataAndDimensions(ids, len(rows), width), tensors.FromFlatDataAndDimensions(lengths, len(rows)))
	if err != nil {
		t.Fatal(err)
	}
	return unpadded(tensors.MustCopyFlatData[float32](out[0]), rows, width, m.Config.HiddenSize)
}

// unpadded returns the values of the tokens without padding, from states [rows, width, hidden].
func unpadded[ID any](values []float32, rows [][]ID, width, hidden int) (list []float32) {
	for r, row := range rows {
		list = append(list, values[r*width*hidden:(r*width+len(row))*hidden]...)
	}
	return list
}

// disturbAll changes the values of all trainable variables.
func disturbAll(t *testing.T, store *model.Store, rng *rand.Rand) {
	t.Helper()
	for v := range store.IterVariables() {
		if v.Trainable && v.DType().IsFloat() {
			toytest.Randomize(t, rng, 0.3, v)
		}
	}
}

// The file of an adapter of a BERT without a head has the names of transformers' BertModel,
// without "bert.". A saved adapter has the same hidden states here, in
// AutoPeftModelForFeatureExtraction, and here after PEFT has saved it again.
func TestBareModel(t *testing.T) {
	base := toytest.Model(t)
	plain := openBare(t, base)
	untrained := states(t, plain, nil)
	rng := rand.New(rand.NewPCG(8, 8))
	var list [][3]string
	var want [][]float32
	for i, c := range []lora.Config{
		{R: 2},
		{R: 3, TargetRegexp: `encoder\.layer\.[01]\..*(query|output\.dense)`, DoRA: true},
		{R: 2, TargetModules: []string{"encoder.layer.1.output.dense", "value"}, ModulesToSave: []string{"pooler"}, Bias: lora.BiasAll},
		{R: 2, TargetModules: []string{"query"}, LayersToTransform: []int{1}, LoRABias: true, RankPattern: lora.Patterns[int]{{Modules: `encoder\.layer\.1\..*`, Value: 3}}},
		{R: 2, TargetModules: []string{"word_embeddings", "key"}, Bias: lora.BiasLoRAOnly},
		{R: 2, TargetModules: []string{lora.AllLinear}, Init: lora.InitOLoRA},
		{PeftType: lora.SHiRA, R: 2, TargetModules: []string{"query"}},
		{R: 2, TaskType: lora.NoTask, BaseModelPrefix: "bert", ModulesToSave: []string{}},
	} {
		c.BaseModel = base
		if c.TaskType == "" {
			c.TaskType = "FEATURE_EXTRACTION"
		}
		a, err := lora.New(c)
		if err != nil {
			t.Fatal(err)
		}
		m := openBare(t, base)
		if err := a.Inject(m.Store, m.DenseModules(), 3, m.EmbeddingModules()...); err != nil {
			t.Fatal(err)
		}
		disturbAll(t, m.Store, rng)
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := a.Save(dir); err != nil {
			t.Fatal(err)
		}
		for _, name := range fileNames(t, dir) {
			if strings.HasPrefix(name, "base_model.model.bert.") {
				t.Errorf("%+v: the file has %s", c, name)
			}
		}
		class := "AutoPeftModelForFeatureExtraction"
		if c.TaskType == lora.NoTask {
			class = "BertModel"
		}
		list, want = append(list, [3]string{class, base, dir}), append(want, states(t, m, a))
		if i == 0 && apartBy(want[0], untrained) < 0.01 {
			t.Fatal("the adapter has no effect")
		}
	}
	opened := func(how, suffix string) {
		for i, one := range list {
			m := openBare(t, base)
			a, err := lora.Open(one[2]+suffix, m.Store, m.DenseModules(), m.EmbeddingModules()...)
			if err != nil {
				t.Errorf("%d, %s: %v", i, how, err)
				continue
			}
			if d := apartBy(states(t, m, a), want[i]); d > 1e-4 {
				t.Errorf("%d, %s: states differ by %g", i, how, d)
			}
		}
	}
	opened("opened here", "")
	testenv.Need(t, "LORABOOK_PYTHON")
	f := peftOpens(t, plain.Tokenizer, list)
	rows := plain.Tokenizer.EncodeAll(classTexts, 20)
	_, shape, _ := f.Info("0")
	for i := range list {
		values, err := f.Float32(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if d := apartBy(unpadded(values, rows, shape[1], shape[2]), want[i]); d > 1e-4 {
			t.Errorf("%d, in PEFT: states differ by %g", i, d)
		}
	}
	opened("saved again by PEFT", "-again")
}

// The names in the file decide, not the task: an adapter with "bert." in its names opens on a
// model without a head, and one without it opens on a model with a head.
func TestBareAdapterElsewhere(t *testing.T) {
	base := toytest.Model(t)
	for from, to := range map[bert.Head]bert.Head{bert.Classification: bert.NoHead, bert.NoHead: bert.Classification} {
		options := bert.Options{Head: from, Labels: []string{"a", "b"}}
		m, err := bert.Open(context.Background(), base, options)
		if err != nil {
			t.Fatal(err)
		}
		a, err := lora.New(lora.Config{R: 2, TaskType: "FEATURE_EXTRACTION", TargetModules: []string{"query", "output.dense"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Inject(m.Store, m.DenseModules(), 3); err != nil {
			t.Fatal(err)
		}
		disturbAll(t, m.Store, rand.New(rand.NewPCG(1, 1)))
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := a.Save(dir); err != nil {
			t.Fatal(err)
		}
		options.Head = to
		other, err := bert.Open(context.Background(), base, options)
		if err != nil {
			t.Fatal(err)
		}
		b, err := lora.Open(dir, other.Store, other.DenseModules())
		if err != nil {
			t.Fatal(err)
		}
		if d := apartBy(states(t, other, b), states(t, m, a)); d > 1e-5 {
			t.Errorf("of %s on %s: states differ by %g", from, to, d)
		}
		again := filepath.Join(t.TempDir(), "again")
		if err := b.Save(again); err != nil {
			t.Fatal(err)
		}
		if x, y := fmt.Sprint(fileNames(t, dir)), fmt.Sprint(fileNames(t, again)); x != y {
			t.Errorf("saved again under other names: %s, were %s", y, x)
		}
	}
}

func fileNames(t *testing.T, dir string) []string {
	t.Helper()
	f, err := safetensors.Open(filepath.Join(dir, lora.TensorsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f.Names()
}

func apartBy(a, b []float32) (most float64) {
	if len(a) != len(b) {
		return 1e9
	}
	for i := range a {
		most = max(most, float64(a[i]-b[i]), float64(b[i]-a[i]))
	}
	return most
}
