package adapters

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora"
)

// combined are the cases of testdata/several.py.
var combined = map[string]struct {
	adapters []string
	Weighted
}{
	"linear":              {same, Weighted{CombinationType: CombineLinear}},
	"single":              {[]string{"second"}, Weighted{CombinationType: CombineCat}},
	"cat":                 {any3, Weighted{CombinationType: CombineCat}},
	"svd":                 {[]string{"second", Default, "third"}, Weighted{SVDRank: 3}},
	"svd-any":             {any3, Weighted{CombinationType: CombineSVD}},
	"ties":                {same, Weighted{CombinationType: CombineTIES, Density: 0.6}},
	"ties-frequency":      {same, Weighted{CombinationType: CombineTIES, Density: 0.6, MajoritySignMethod: MajorityFrequency}},
	"ties_svd":            {same, Weighted{CombinationType: CombineTIESSVD, Density: 0.6, SVDRank: 6}},
	"dare_linear":         {same, Weighted{CombinationType: CombineDARELinear, Density: 0.6}},
	"dare_ties":           {same, Weighted{CombinationType: CombineDARETIES, Density: 0.6}},
	"dare_linear_svd":     {same, Weighted{CombinationType: CombineDARELinearSVD, Density: 0.6, SVDRank: 6}},
	"dare_ties_svd":       {same, Weighted{CombinationType: CombineDARETIESSVD, Density: 0.6, SVDRank: 6, MajoritySignMethod: MajorityFrequency}},
	"magnitude_prune":     {same, Weighted{CombinationType: CombineMagnitudePrune, Density: 0.6}},
	"magnitude_prune_svd": {same, Weighted{CombinationType: CombineMagnitudePruneSVD, Density: 0.6, SVDRank: 5}},
}

var (
	same    = []string{Default, "second", "third"}
	any3    = []string{Default, "second", "wide"}
	weights = []float64{0.7, -0.4, 1.2}
)

// wide is a configuration that makes room for whatever the tests combine.
var wide = lora.Config{R: 12, TargetModules: []string{"query", "key", "value", "dense"}, ModulesToSave: []string{}, TaskType: lora.NoTask}

// deltas are s·B·A of an adapter's modules.
func deltas(t testing.TB, a *lora.Adapter) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, target := range a.Layout().Targets {
		A, err := floats.Read(a.Store().GetVariable(target.PathA()))
		loratest.Must(t, err)
		B, err := floats.Read(a.Store().GetVariable(target.PathB()))
		loratest.Must(t, err)
		all[target.Name] = narrowed(target.Whole(make([]float32, target.In*target.Out), A, B))
	}
	return all
}

// Every type of combination gives each module the delta that PEFT's add_weighted_adapter
// gives it, by DARE's lots that PEFT drew; saved and opened again it is the same.
func TestWeightedAgainstPEFT(t *testing.T) {
	want := loratest.Read(t, loratest.Testdata+"/several/plain/expected.safetensors")
	for name, c := range combined {
		t.Run(name, func(t *testing.T) {
			s, _ := several(t, "plain", 1, wide)
			c.masks = func(adapter, module, matrix string, n int) []bool {
				lots := tensors.MustCopyFlatData[uint8](want[fmt.Sprintf("lots.%s.%s.%s.%s", name, module, matrix, adapter)])
				kept := make([]bool, n)
				for i := range kept {
					kept[i] = lots[i] == 1
				}
				return kept
			}
			loratest.Must(t, s.AddWeightedAdapter("mixed", c.adapters, weights[:len(c.adapters)], c.Weighted))
			a, err := s.adapter("mixed")
			loratest.Must(t, err)
			check := func(a *lora.Adapter) {
				t.Helper()
				got := deltas(t, a)
				modules := 0
				for key, value := range want {
					module, ok := strings.CutPrefix(key, "delta."+name+".")
					if !ok {
						continue
					}
					modules++
					loratest.Near(t, module, got[module], tensors.MustCopyFlatData[float32](value), 1e-5)
				}
				if modules == 0 || modules != len(got) {
					t.Errorf("%d modules are adapted, in PEFT %d", len(got), modules)
				}
			}
			check(a)
			dir := t.TempDir()
			loratest.Must(t, s.Save(dir, "mixed"))
			again, err := lora.Open(filepath.Join(dir, "mixed"), loratest.Store(t), loratest.Modules())
			loratest.Must(t, err)
			check(again)
		})
	}
}

// PEFT computes with a combined adapter's file what comes out here, its head included.
func TestPEFTLoadsCombined(t *testing.T) {
	s, store := several(t, "heads", 1, lora.Config{R: 12, TargetModules: wide.TargetModules, ModulesToSave: []string{"classifier"}})
	loratest.Must(t, s.AddWeightedAdapter("mixed", []string{Default, "wide"}, []float64{0.6, 0.5}, Weighted{CombinationType: CombineCat}))
	loratest.Must(t, s.SetAdapter("mixed"))
	dir := t.TempDir()
	loratest.Must(t, s.Save(dir, "mixed"))
	got := compiled(t, s, store).active(t, loratest.Input(t))
	loratest.Python(t, "outputs.py", filepath.Join(dir, "mixed"), filepath.Join(dir, "outputs.safetensors"))
	loratest.Near(t, "outputs", got, tensors.MustCopyFlatData[float32](loratest.Read(t, filepath.Join(dir, "outputs.safetensors"))["outputs"]), 1e-5)
}

// Heads are summed by the weights, the base's standing in for one that is missing, in
// the result's file as in the graph.
func TestWeightedHeads(t *testing.T) {
	s, store := several(t, "heads", 1, lora.Config{R: 12, TargetModules: wide.TargetModules, ModulesToSave: []string{"classifier"}})
	loratest.Must(t, s.Add("bare", lora.Config{R: 2, TargetModules: []string{"query"}, ModulesToSave: []string{}, TaskType: lora.NoTask}, 3))
	loratest.Must(t, s.Delete("headless"))
	loratest.Must(t, s.AddWeightedAdapter("mixed", []string{Default, "bare"}, []float64{2, -0.5}, Weighted{CombinationType: CombineLinear}))
	head := func(name string) []float32 {
		a, err := s.adapter(name)
		loratest.Must(t, err)
		values, err := floats.Read(a.Store().GetVariable("/classifier/weight"))
		loratest.Must(t, err)
		return values
	}
	base, err := floats.Read(store.GetVariable("/classifier/weight"))
	loratest.Must(t, err)
	want := make([]float32, len(base))
	for i, x := range head(Default) {
		want[i] = 2*x - 0.5*base[i]
	}
	loratest.Near(t, "head", head("mixed"), want, 1e-6)
}

// DARE keeps the share of the values that density says, other values with another seed,
// the same with the same, and on average the adapter.
func TestDARE(t *testing.T) {
	s, _ := several(t, "plain", 1, wide)
	a, err := s.adapter("second")
	loratest.Must(t, err)
	whole := deltas(t, a)["encoder.layer.0.query"]
	sum, kept, all := make([]float64, len(whole)), 0, 0
	var first []float32
	const seeds = 4000
	for seed := range int64(seeds) {
		m := &combination{Weighted: Weighted{CombinationType: CombineDARELinearSVD, Density: 0.3, Seed: seed}}
		got := m.combineValues("encoder.layer.0.query", "delta", []operand{{adapter: "second"}}, [][]float64{widened(whole)}, []float64{1})
		for i, x := range got {
			sum[i] += x / seeds
			all++
			if x != 0 {
				kept++
			}
		}
		if seed == 0 {
			first = narrowed(got)
		}
	}
	if share := float64(kept) / float64(all); math.Abs(share-0.3) > 0.01 {
		t.Errorf("%.3f of the values were kept, want 0.3", share)
	}
	loratest.Near(t, "mean", narrowed(sum), whole, 0.1)
	one := func(seed int64) []float32 {
		m := &combination{Weighted: Weighted{CombinationType: CombineDARELinearSVD, Density: 0.3, Seed: seed}}
		return narrowed(m.combineValues("encoder.layer.0.query", "delta", []operand{{adapter: "second"}}, [][]float64{widened(whole)}, []float64{1}))
	}
	if fmt.Sprint(one(0)) != fmt.Sprint(first) || fmt.Sprint(one(1)) == fmt.Sprint(first) {
		t.Error("the lots are not those of the seed")
	}
}

// A single adapter of weight 1 comes to itself: RSLoRA and ranks and alphas by pattern too.
func TestWeightedOfOne(t *testing.T) {
	s, _ := several(t, "plain", 1, wide)
	loratest.Must(t, s.AddWeightedAdapter("again", []string{"wide"}, []float64{1}, Weighted{}))
	first, err := s.adapter("wide")
	loratest.Must(t, err)
	again, err := s.adapter("again")
	loratest.Must(t, err)
	got := deltas(t, again)
	for module, want := range deltas(t, first) {
		loratest.Near(t, module, got[module], want, 1e-6)
	}
}
