package lora

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
)

// sparseConfigs are SHiRA's, of PEFT's r and of a share.
var sparseConfigs = []Config{
	{PeftType: SHiRA, R: 1, TargetModules: []string{"query", "value"}, ModulesToSave: []string{"classifier"}},
	{PeftType: SHiRA, R: 3, TargetRegexp: `.*(key|output\.dense)`, ModulesToSave: []string{}, TaskType: NoTask},
	{PeftType: SHiRA, R: 2, TargetModules: []string{AllLinear}, ModulesToSave: []string{}, TaskType: NoTask},
	{PeftType: SHiRA, Fraction: 0.2, TargetModules: []string{"query", "dense", "classifier"}, ModulesToSave: []string{}, TaskType: NoTask},
	{PeftType: SHiRA, Fraction: 0.7, TargetModules: []string{"query"}, ModulesToSave: []string{"classifier"}},
}

func init() {
	for i := range sparseConfigs {
		sparseConfigs[i].TaskType = NoTask
	}
}

// learning is how many entries of a module are to learn.
func learning(c Config, module string) int {
	out := loratest.Width
	if module == "classifier" {
		out = loratest.Labels
	}
	if c.Fraction > 0 {
		return int(math.Round(c.Fraction * float64(loratest.Width*out)))
	}
	return c.R * (loratest.Width + out)
}

// A fresh adapter changes nothing, merged equals unmerged, unmerging gives back every
// bit, and the parameters are those of the formula, saved and opened again as well.
func TestSparseProperties(t *testing.T) {
	base := loratest.Outputs(t, loratest.Store(t), loratest.Linear, loratest.Input(t))
	for _, c := range sparseConfigs {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			a, store := injected(t, c)
			loratest.Near(t, "fresh", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), base, 1e-6)
			disturb(t, a, store)
			before := loratest.Snapshot(t, store)
			want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
			if slices.Equal(want, base) {
				t.Fatal("the adapter does nothing")
			}
			dir := filepath.Join(t.TempDir(), "adapter")
			loratest.Must(t, a.Save(dir))

			loratest.Must(t, a.Merge())
			loratest.Near(t, "merged", loratest.Outputs(t, store, loratest.Linear, loratest.Input(t)), want, 1e-5)
			loratest.Near(t, "merged, still wrapped", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), want, 1e-5)
			loratest.Must(t, a.Save(filepath.Join(dir, "merged")))
			loratest.Must(t, a.Unmerge())
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
				t.Errorf("unmerged: %s", diff)
			}

			for _, dir := range []string{dir, filepath.Join(dir, "merged")} {
				opened, store := tinyNetwork.opened(t, dir)
				loratest.Near(t, "opened", loratest.Outputs(t, store, opened.Wrap(loratest.Linear), loratest.Input(t)), want, 1e-6)
				for _, a := range []*Adapter{a, opened} {
					report, err := a.Report()
					loratest.Must(t, err)
					learns := 0
					for _, m := range report.Modules {
						if !slices.Contains(a.Targets(), m.Module) {
							continue
						}
						learns++
						if want := learning(c, m.Module); m.Parameters != want || m.Rank != 0 {
							t.Errorf("%s: %d parameters, the formula says %d", m.Module, m.Parameters, want)
						}
					}
					if learns == 0 {
						t.Error("the report has none of the targets")
					}
				}
			}

			again, store := injected(t, c)
			loratest.Must(t, again.Load(dir))
			loratest.Near(t, "loaded", loratest.Outputs(t, store, again.Wrap(loratest.Linear), loratest.Input(t)), want, 1e-6)
		})
	}
}

// From PEFT to Go and back, and from Go to PEFT and back. PEFT makes none of a share.
func TestSparseCrossed(t *testing.T) {
	cross(t, tinyNetwork, slices.DeleteFunc(slices.Clone(sparseConfigs), func(c Config) bool { return c.Fraction > 0 }))
}

// A file that is filled up computes the same in PEFT, merged there as well.
func TestPEFTLoadsOurShare(t *testing.T) {
	for _, c := range sparseConfigs {
		if c.Fraction == 0 {
			continue
		}
		t.Run(fmt.Sprint(c.Fraction), func(t *testing.T) {
			a, store := injected(t, c)
			disturb(t, a, store)
			dir := t.TempDir()
			loratest.Must(t, a.Save(filepath.Join(dir, "adapter")))
			loratest.Python(t, "outputs.py", filepath.Join(dir, "adapter"), filepath.Join(dir, "outputs.safetensors"))
			all := loratest.Read(t, filepath.Join(dir, "outputs.safetensors"))
			want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
			loratest.Near(t, "in PEFT", tensors.MustCopyFlatData[float32](all["outputs"]), want, 1e-5)
			loratest.Near(t, "merged in PEFT", tensors.MustCopyFlatData[float32](all["merged"]), want, 1e-5)
		})
	}
}

// The places are drawn from seed and name, all different, none favoured.
func TestMask(t *testing.T) {
	s := sparse{Target{Name: "m", In: 40, Out: 30}, 240}
	counts := make([]int, 4) // by quarter of the rows and columns
	for seed := range int64(100) {
		e := s.fresh(seed)
		if !slices.IsSorted(e.places) || len(slices.Compact(slices.Clone(e.places))) != 240 || len(e.values) != 240 {
			t.Fatalf("places %v", e.places)
		}
		for _, p := range e.places {
			counts[int(p)/40/15*2+int(p)%40/20]++
		}
	}
	for _, n := range counts { // 6000 expected; standard deviation 60
		if n < 5700 || n > 6300 {
			t.Errorf("by quarter of the weight %v, expected about 6000", counts)
		}
	}
	other := s
	other.Name = "n"
	if first := s.fresh(1); !slices.Equal(first.places, s.fresh(1).places) || slices.Equal(first.places, s.fresh(2).places) || slices.Equal(first.places, other.fresh(1).places) {
		t.Error("seed and name alone do not decide the places")
	}
}

func TestSparseHalfPrecision(t *testing.T) {
	store := model.NewStore()
	store.VariableWithValue("/m/weight", floats.Tensor([]float32{1, 2, 3, 4, 5, 6}, shapes.Make(dtypes.BFloat16, 2, 3)))
	a, err := New(Config{PeftType: SHiRA, Fraction: 0.1, TargetModules: []string{"m"}, ModulesToSave: []string{}, TaskType: NoTask})
	loratest.Must(t, err)
	loratest.Must(t, a.Inject(store, []string{"m"}, 1))
	loratest.Must(t, store.GetVariable("/m/shira_indices").SetValue(tensors.FromValue([][]int32{{1}, {0}})))
	loratest.Must(t, store.GetVariable("/m/shira_weight").SetValue(tensors.FromValue([]float32{0.5})))
	got := loratest.Run(t, store, false, func(scope *model.Scope, x *graph.Node) *graph.Node {
		y := a.Wrap(loratest.Linear)(scope.At("m"), graph.ConvertDType(x, dtypes.BFloat16), 2)
		if y.DType() != dtypes.BFloat16 {
			t.Errorf("the result is of %s", y.DType())
		}
		return graph.ConvertDType(y, dtypes.Float32)
	}, tensors.FromValue([][]float32{{1, 1, 0}}))
	if !slices.Equal(got, []float32{3, 9.5}) {
		t.Errorf("got %v, want [3 9.5]", got)
	}
}

func TestSparseFaults(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   []string
	}{
		"another type":    {Config{PeftType: "VERA"}, []string{"peft_type VERA", "LORA or SHIRA"}},
		"alpha":           {Config{PeftType: SHiRA, R: 1, Alpha: 2}, []string{"lora_alpha 2", "SHIRA"}},
		"rsLoRA":          {Config{PeftType: SHiRA, R: 1, RSLoRA: true}, []string{"use_rslora"}},
		"DoRA":            {Config{PeftType: SHiRA, R: 1, DoRA: true}, []string{"use_dora"}},
		"dropout":         {Config{PeftType: SHiRA, R: 1, Dropout: 0.1}, []string{"lora_dropout 0.1"}},
		"exclude":         {Config{PeftType: SHiRA, R: 1, ExcludeModules: []string{"key"}}, []string{"exclude_modules"}},
		"exclude regexp":  {Config{PeftType: SHiRA, R: 1, ExcludeRegexp: "key"}, []string{"exclude_modules"}},
		"layers":          {Config{PeftType: SHiRA, R: 1, LayersToTransform: []int{1}}, []string{"layers_to_transform"}},
		"rank pattern":    {Config{PeftType: SHiRA, R: 1, RankPattern: Patterns[int]{{"key", 1}}}, []string{"rank_pattern"}},
		"alpha pattern":   {Config{PeftType: SHiRA, R: 1, AlphaPattern: Patterns[float64]{{"key", 1}}}, []string{"alpha_pattern"}},
		"bias":            {Config{PeftType: SHiRA, R: 1, Bias: BiasAll}, []string{"bias all"}},
		"bias of B":       {Config{PeftType: SHiRA, R: 1, LoRABias: true}, []string{"lora_bias"}},
		"initialization":  {Config{PeftType: SHiRA, R: 1, Init: InitRandom}, []string{"init_lora_weights random"}},
		"r and share":     {Config{PeftType: SHiRA, R: 1, Fraction: 0.2}, []string{"fraction 0.2", "leave r"}},
		"share above 1":   {Config{PeftType: SHiRA, Fraction: 1.2}, []string{"fraction 1.2"}},
		"default r":       {Config{PeftType: SHiRA}, []string{"r 32", "encoder.layer.0.query", "384 values", "at most 36"}},
		"r too high":      {Config{PeftType: SHiRA, R: 4}, []string{"r 4", "48 values"}},
		"shapes too far":  {Config{PeftType: SHiRA, Fraction: 0.9, TargetModules: []string{"query", "classifier"}, ModulesToSave: []string{}, TaskType: NoTask}, []string{"fraction 0.9", "r = 3", "classifier", "allows at most 2"}},
		"embedding":       {Config{PeftType: SHiRA, R: 1, TargetModules: []string{"word_embeddings"}}, []string{"word_embeddings", "no module matches"}},
		"trained as well": {Config{PeftType: SHiRA, R: 1, ModulesToSave: []string{"ery"}}, []string{"encoder.layer.0.query", "adapted and trained whole"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := wordsStore(t)
			before := loratest.Snapshot(t, store)
			a, err := New(c.config)
			if err == nil {
				err = a.Inject(store, loratest.Modules(), 1, wordsEmbeddings...)
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
	a, store := opened(t, "shira")
	second, err := New(Config{R: 2})
	loratest.Must(t, err)
	if err := second.Inject(store, loratest.Modules(), 1); err == nil || !strings.Contains(err.Error(), "an adapter already") {
		t.Errorf("a second adapter on the model: %v", err)
	}
	var bad *ConfigError
	if err := a.Load("testdata/plain"); !errors.As(err, &bad) || bad.Field != "peft_type" {
		t.Errorf("a LoRA loaded into SHiRA: %v", err)
	}
}

// What a file says of places that the weight does not have, or of other entries than
// those that learn, is refused, and nothing is changed; those given twice are added up.
func TestSparseFiles(t *testing.T) {
	const X = "base_model.model.encoder.layer.1.query."
	for name, c := range map[string]struct {
		change func(indices []int32)
		want   []string
	}{
		"row":      {func(i []int32) { i[3] = loratest.Width }, []string{"indices outside of the weight: " + X + "shira_indices"}},
		"column":   {func(i []int32) { i[14] = loratest.Width }, []string{X + "shira_indices"}},
		"negative": {func(i []int32) { i[14] = -1 }, []string{X + "shira_indices"}},
	} {
		t.Run(name, func(t *testing.T) {
			indices := loratest.Read(t, "testdata/shira/"+TensorsFile)[X+"shira_indices"]
			tensors.MustMutableFlatData(indices, c.change)
			dir := withTensors(t, "shira", map[string]*tensors.Tensor{X + "shira_indices": indices})
			store := loratest.Store(t)
			before := loratest.Snapshot(t, store)
			_, err := Open(dir, store, loratest.Modules())
			var bad *TensorsError
			if !errors.As(err, &bad) || len(bad.Misplaced) != 1 {
				t.Errorf("got %v", err)
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
	t.Run("as floats, in another order, one twice", func(t *testing.T) {
		values := loratest.Read(t, "testdata/shira/"+TensorsFile)
		v := tensors.MustCopyFlatData[float32](values[X+"shira_weight"])
		i := tensors.MustCopyFlatData[int32](values[X+"shira_indices"])
		flat := make([]float32, len(i))
		order := []int{7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 6, 4}
		moved := make([]float32, len(v))
		for to, from := range order {
			moved[to], flat[to], flat[len(v)+to] = v[from], float32(i[from]), float32(i[len(v)+from])
		}
		// The first entry again in place of the second.
		moved[1], flat[1], flat[len(v)+1] = 2, flat[0], flat[len(v)]
		dir := withTensors(t, "shira", map[string]*tensors.Tensor{
			X + "shira_weight":  tensors.FromFlatDataAndDimensions(moved, len(v)),
			X + "shira_indices": tensors.FromFlatDataAndDimensions(flat, 2, len(v)),
		})
		a, _ := tinyNetwork.opened(t, dir)
		e, err := a.stored(a.sparse["/encoder/layer/1/query"])
		loratest.Must(t, err)
		got := map[int32]float32{}
		for k, place := range e.places {
			got[place] = e.values[k]
		}
		want := map[int32]float32{}
		for to, from := range order {
			if to != 1 {
				want[i[from]*loratest.Width+i[len(v)+from]] = v[from]
			}
		}
		want[i[order[0]]*loratest.Width+i[len(v)+order[0]]] += 2
		if diff := cmp.Diff(want, got); diff != "" || !slices.IsSorted(e.places) {
			t.Error(diff)
		}
		b, store := opened(t, "shira")
		before := loratest.Snapshot(t, store)
		var bad *TensorsError
		if err := b.Load(dir); !errors.As(err, &bad) || len(bad.Misshapen) != 1 {
			t.Errorf("other entries loaded: %v", err)
		}
		if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
			t.Error(diff)
		}
	})
	for field, value := range map[string]string{"from_the_future": "1"} {
		if _, _, err := parseConfig("f", []byte(`{"peft_type":"SHIRA","target_modules":["query"],"`+field+`":`+value+`}`)); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	c, _, err := parseConfig("f", []byte(`{"peft_type":"SHIRA","target_modules":["query"]}`))
	if loratest.Must(t, err); c.R != DefaultSHiRA || c.PeftType != SHiRA {
		t.Errorf("read %+v", c)
	}
}
