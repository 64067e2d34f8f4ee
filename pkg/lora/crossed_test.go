package lora

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/loratest"
)

// crossed is the number of configurations that are drawn.
const crossed = 48

// pick draws one of the values.
func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

// drawConfig crosses the options of a configuration at random. That it makes sense on
// the fixtures' network is for New and Inject to say.
func drawConfig(rng *rand.Rand) Config {
	c := Config{
		R: 1 + rng.IntN(4), Alpha: float64(1 + rng.IntN(9)), RSLoRA: rng.IntN(3) == 0, TaskType: NoTask,
		Dropout:       pick(rng, 0, 0.1),
		Bias:          pick(rng, BiasNone, BiasNone, BiasAll, BiasLoRAOnly),
		LoRABias:      rng.IntN(3) == 0,
		DoRA:          rng.IntN(3) == 0,
		Init:          pick(rng, InitKaiming, InitKaiming, InitRandom, InitGaussian, InitOrthogonal, InitPiSSA, "pissa_niter_2", InitOLoRA),
		ModulesToSave: pick(rng, []string{}, []string{"classifier"}),
	}
	if rng.IntN(3) == 0 {
		c.TargetRegexp = pick(rng, `.*(query|output\.dense)`, `encoder\.layer\.[01]\.(key|value)`, `.*\.\d\.[\w.]+(?<!query)(?<!output)`)
	} else {
		c.TargetModules = pick(rng, []string{"query", "value"}, []string{"dense", "key"}, []string{"encoder.layer.0.key", "query"},
			[]string{"query", "key", "value", "output.dense"}, []string{AllLinear})
	}
	switch rng.IntN(4) {
	case 0:
		c.ExcludeModules = pick(rng, []string{"key"}, []string{"layer.1.query", "encoder.layer.0.value"})
	case 1:
		c.ExcludeRegexp = pick(rng, `.*\.1\.key`, `encoder\.layer\.0\..*`)
	}
	if rng.IntN(3) == 0 {
		c.LayersToTransform = pick(rng, []int{0}, []int{1}, []int{0, 1})
		c.LayersPattern = pick(rng, nil, []string{"layer"}, []string{"block", "lay[a-z]r"})
	}
	// In sorted order: PEFT sorts them when it saves.
	c.RankPattern = pick(rng, nil, nil, Patterns[int]{{"query", 3}}, Patterns[int]{{`layer\.1\..*`, 1}, {"value", 5}}, Patterns[int]{{"dense", 2}, {"key", 6}})
	c.AlphaPattern = pick(rng, nil, nil, Patterns[float64]{{"value", 2.5}}, Patterns[float64]{{`encoder\.layer\.0\.\w+`, 7}, {"query", 1}})
	return c
}

// drawConfigs are those that serve, all different.
func drawConfigs(t *testing.T) []Config {
	t.Helper()
	rng := rand.New(rand.NewPCG(20, 26))
	var list []Config
	seen := map[string]bool{}
	for tries := 0; len(list) < crossed; tries++ {
		if tries > 100*crossed {
			t.Fatalf("only %d configurations serve", len(list))
		}
		c := drawConfig(rng)
		a, err := New(c)
		if err != nil {
			continue
		}
		if a.Inject(loratest.Store(t), loratest.Modules(), 7) != nil || seen[fmt.Sprintf("%+v", c)] {
			continue
		}
		seen[fmt.Sprintf("%+v", c)] = true
		list = append(list, c)
	}
	return list
}

// peftSettings are LoraConfig's arguments.
func peftSettings(t *testing.T, c Config) []byte {
	t.Helper()
	c = c.withDefaults()
	settings := map[string]any{"peft_type": SHiRA, "r": c.R, "random_seed": 9}
	if !c.sparse() {
		settings = map[string]any{"r": c.R, "lora_alpha": c.Alpha, "lora_dropout": c.Dropout, "use_rslora": c.RSLoRA, "bias": c.Bias, "lora_bias": c.LoRABias, "use_dora": c.DoRA, "init_lora_weights": c.initialization().PEFT}
		if c.initialization().MovesWeight() { // when PEFT saves these as LoRA, it forgets heads, biases and magnitudes
			settings["init_lora_weights"] = true
		}
	}
	switch {
	case c.TargetRegexp != "":
		settings["target_modules"] = c.TargetRegexp
	case c.allLinear():
		settings["target_modules"] = AllLinear
	default:
		settings["target_modules"] = c.TargetModules
	}
	if len(c.ModulesToSave) > 0 {
		settings["modules_to_save"] = c.ModulesToSave
	}
	if c.ExcludeRegexp != "" {
		settings["exclude_modules"] = c.ExcludeRegexp
	} else if len(c.ExcludeModules) > 0 {
		settings["exclude_modules"] = c.ExcludeModules
	}
	if len(c.LayersToTransform) > 0 {
		settings["layers_to_transform"] = c.LayersToTransform
	}
	if len(c.LayersPattern) > 0 {
		settings["layers_pattern"] = c.LayersPattern
	}
	if c.RankPattern != nil {
		settings["rank_pattern"] = c.RankPattern
	}
	if c.AlphaPattern != nil {
		settings["alpha_pattern"] = c.AlphaPattern
	}
	text, err := json.Marshal(settings)
	loratest.Must(t, err)
	return text
}

// TestCrossed sends adapters of many configurations from PEFT to Go and back, and from
// Go to PEFT and back: at each station they compute the same.
func TestCrossed(t *testing.T) { cross(t, tinyNetwork, drawConfigs(t)) }

// cross does so for the configurations on a network.
func cross(t *testing.T, n network, configs []Config) {
	root := t.TempDir()
	folder := func(i int, parts ...string) string {
		return filepath.Join(append([]string{root, fmt.Sprintf("%02d", i)}, parts...)...)
	}
	ours := make([][]float32, len(configs))
	for i, c := range configs {
		a, store := n.injected(t, c)
		loratest.Must(t, os.Mkdir(folder(i), 0o755))
		loratest.Must(t, os.WriteFile(folder(i, "settings.json"), peftSettings(t, c), 0o644))
		disturb(t, a, store)
		loratest.Must(t, a.Save(folder(i, "ours")))
		ours[i] = n.outputs(t, a, store)
	}
	from := func(i int, name string) []float32 {
		return tensors.MustCopyFlatData[float32](loratest.Read(t, folder(i, name))["outputs"])
	}
	loratest.Python(t, "crossed.py", "make", root, n.class)
	for i := range configs {
		a, store := n.opened(t, folder(i, "python"))
		loratest.Near(t, fmt.Sprintf("%+v: PEFT's in Go", configs[i]), n.outputs(t, a, store), from(i, "python.safetensors"), 1e-5)
		loratest.Must(t, a.Save(folder(i, "go")))
	}
	loratest.Python(t, "crossed.py", "check", root, n.class)
	for i := range configs {
		what := fmt.Sprintf("%+v", configs[i])
		loratest.Near(t, what+": PEFT's, saved by Go, in PEFT", from(i, "go.safetensors"), from(i, "python.safetensors"), 1e-5)
		loratest.Near(t, what+": Go's in PEFT", from(i, "ours.safetensors"), ours[i], 1e-5)
		a, store := n.opened(t, folder(i, "again"))
		loratest.Near(t, what+": Go's, saved by PEFT, in Go", n.outputs(t, a, store), ours[i], 1e-5)
	}
}

// TestCrossedProperties: of each configuration, a fresh adapter changes nothing, merged
// equals unmerged, unmerging gives back every bit, and the parameters are those of the
// formula.
func TestCrossedProperties(t *testing.T) {
	base := loratest.Outputs(t, loratest.Store(t), loratest.Linear, loratest.Input(t))
	for _, c := range drawConfigs(t) {
		what := fmt.Sprintf("%+v", c)
		a, store := injected(t, c)
		if c.Init != InitRandom {
			loratest.Near(t, what+": fresh", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), base, 1e-6)
		}
		disturb(t, a, store)
		before := loratest.Snapshot(t, store)
		want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
		loratest.Must(t, a.Merge())
		loratest.Near(t, what+": merged", loratest.Outputs(t, store, loratest.Linear, loratest.Input(t)), want, 1e-5)
		loratest.Must(t, a.Unmerge())
		if after := loratest.Snapshot(t, store); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s: not as before the merge", what)
		}
		report, err := a.Report()
		loratest.Must(t, err)
		sum := 0
		biases := map[string]bool{}
		for _, m := range report.Modules {
			out := loratest.Width
			if m.Module == "classifier" {
				out = loratest.Labels
			}
			sum += m.Rank * (loratest.Width + out)
			if m.Rank > 0 && (c.LoRABias || c.DoRA) { // never both
				sum += out
			}
			switch {
			case m.Module == "classifier" && len(c.ModulesToSave) > 0:
				sum += loratest.Width*loratest.Labels + loratest.Labels
			case c.Bias == BiasAll || c.Bias == BiasLoRAOnly && m.Rank > 0:
				sum += out
				biases[m.Module] = true
			}
		}
		if all := len(loratest.Modules()) - len(c.ModulesToSave); c.Bias == BiasAll && len(biases) != all {
			t.Errorf("%s: %d biases learn, expected %d", what, len(biases), all)
		}
		if sum != report.Trainable {
			t.Errorf("%s: %d parameters, the formula says %d", what, report.Trainable, sum)
		}
	}
}
