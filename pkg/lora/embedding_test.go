package lora

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// wordsConfigs adapt embeddings in every way that PEFT knows.
var wordsConfigs = []Config{
	{R: 2, TargetModules: []string{"word_embeddings"}, ModulesToSave: []string{"classifier"}},
	{R: 3, Alpha: 5, RSLoRA: true, Dropout: 0.5, TargetModules: []string{"word_embeddings", "position_embeddings", "query"}, ModulesToSave: []string{}, TaskType: NoTask},
	{R: 2, DoRA: true, TargetRegexp: `.*_embeddings|.*value`},
	{R: 4, Init: InitOrthogonal, TargetModules: []string{"position_embeddings", "key"}},
	{R: 3, DoRA: true, Bias: BiasAll, TargetModules: []string{"word_embeddings"}, RankPattern: Patterns[int]{{"word_embeddings", 4}}},
	{R: 2, Init: InitRandom, TargetModules: []string{"word_embeddings"}},
}

func init() {
	for i := range wordsConfigs {
		wordsConfigs[i].TaskType = NoTask
	}
}

// A fresh adapter changes nothing, merged equals unmerged, unmerging gives back every
// bit, and the parameters are those of the formula.
func TestEmbeddingProperties(t *testing.T) {
	base := loratest.Run(t, wordsStore(t), false, plain, ids(t))
	fraction := Config{Fraction: 0.5, Init: InitGaussian, TargetModules: wordsEmbeddings}
	for _, c := range append(wordsConfigs, fraction) {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			a, store := wordsNetwork.injected(t, c)
			if fresh := loratest.Run(t, store, false, wrapped(a), ids(t)); c.Init == InitRandom && slices.Equal(fresh, base) {
				t.Error("random matrices change nothing")
			} else if c.Init != InitRandom {
				loratest.Near(t, "fresh", fresh, base, 1e-6)
			}
			disturb(t, a, store)
			before := loratest.Snapshot(t, store)
			want := loratest.Run(t, store, false, wrapped(a), ids(t))
			if slices.Equal(want, base) {
				t.Fatal("the adapter does nothing")
			}
			loratest.Must(t, a.Merge())
			loratest.Near(t, "merged", loratest.Run(t, store, false, plain, ids(t)), want, 1e-5)
			loratest.Near(t, "merged, still wrapped", loratest.Run(t, store, false, wrapped(a), ids(t)), want, 1e-5)
			loratest.Must(t, a.Unmerge())
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
				t.Errorf("unmerged: %s", diff)
			}
			report, err := a.Report()
			loratest.Must(t, err)
			for _, m := range report.Modules {
				rows := wordsRows[m.Module]
				if rows == 0 {
					continue
				}
				want := m.Rank * (rows + loratest.Width)
				if c.DoRA {
					want += loratest.Width
				}
				if m.Parameters != want || m.Rank == 0 {
					t.Errorf("%s of rank %d: %d parameters, the formula says %d", m.Module, m.Rank, m.Parameters, want)
				}
			}
		})
	}
}

// From PEFT to Go and back, and from Go to PEFT and back.
func TestEmbeddingsCrossed(t *testing.T) { cross(t, wordsNetwork, wordsConfigs) }

// All-linear leaves embeddings out, as PEFT's does.
func TestAllLinearLeavesEmbeddingsOut(t *testing.T) {
	a, _ := wordsNetwork.injected(t, Config{R: 2, TargetModules: []string{AllLinear}})
	if got := a.Targets(); len(got) != 8 || slices.Contains(got, "word_embeddings") {
		t.Errorf("adapts %v", got)
	}
}

func TestEmbeddingFaults(t *testing.T) {
	for name, c := range map[string]struct {
		config     Config
		embeddings []string
		want       []string
	}{
		"bias of B":  {Config{R: 2, LoRABias: true, TargetModules: []string{"word_embeddings"}}, wordsEmbeddings, []string{"lora_bias", "word_embeddings"}},
		"not there":  {Config{R: 2, TargetModules: []string{"token_type_embeddings"}}, wordsEmbeddings, []string{"token_type_embeddings", "word_embeddings, position_embeddings"}},
		"not given":  {Config{R: 2, TargetModules: []string{"word_embeddings"}}, nil, []string{"word_embeddings", "classifier"}},
		"rank":       {Config{R: 6, TargetModules: []string{"position_embeddings"}}, wordsEmbeddings, []string{"position_embeddings", "[5, 6]", "at most 5"}},
		"all-linear": {Config{R: 2, TargetModules: []string{AllLinear, "word_embeddings"}}, wordsEmbeddings, []string{"give it alone"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := wordsStore(t)
			before := loratest.Snapshot(t, store)
			a, err := New(c.config)
			if err == nil {
				err = a.Inject(store, loratest.Modules(), 1, c.embeddings...)
			}
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := Open("testdata/embeddings", wordsStore(t), loratest.Modules()); err == nil {
		t.Error("an adapter of embeddings opens where none are given")
	}
}

// What PEFT adds with save_embedding_layers is taken where it is the model's own, and
// refused where it would make another model of it.
func TestSavedBaseEmbeddings(t *testing.T) {
	const key = "base_model.model.word_embeddings.base_layer.weight"
	for _, same := range []bool{true, false} {
		weight := loratest.Read(t, "testdata/words.safetensors")["word_embeddings.weight"]
		if !same {
			tensors.MustMutableFlatData(weight, func(flat []float32) { flat[3]++ })
		}
		dir := withTensors(t, "embeddings-dora", map[string]*tensors.Tensor{
			key: weight,
			"base_model.model.word_embeddings.lora_magnitude_vector.weight": tensors.FromShape(shapes.Make(dtypes.Float32, loratest.Width)),
		})
		a, err := Open(dir, wordsStore(t), loratest.Modules(), wordsEmbeddings...)
		if same {
			loratest.Must(t, err)
			continue
		}
		var bad *TensorsError
		if !errors.As(err, &bad) || !slices.Equal(bad.Different, []string{key}) || !strings.Contains(err.Error(), "another base model: "+key) || a != nil {
			t.Errorf("another model's embedding: %v", err)
		}
	}
}

// withTensors is a copy of a fixture with more tensors in its file.
func withTensors(t *testing.T, name string, more map[string]*tensors.Tensor) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	a, _ := opened(t, name)
	loratest.Must(t, a.Save(dir))
	values := loratest.Read(t, filepath.Join(dir, TensorsFile))
	maps.Copy(values, more)
	var named []safetensors.Named
	for name, value := range values {
		n, err := safetensors.FromTensor(name, value)
		loratest.Must(t, err)
		named = append(named, n)
	}
	loratest.Must(t, safetensors.Write(filepath.Join(dir, TensorsFile), named, nil))
	return dir
}
