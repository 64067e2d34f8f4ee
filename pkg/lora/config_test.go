package lora

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

func TestDefaults(t *testing.T) {
	a, err := New(Config{})
	loratest.Must(t, err)
	want := Config{R: 8, Alpha: 8, Bias: "none", Init: "kaiming", TargetModules: []string{"query", "value"}, ModulesToSave: []string{"classifier", "score"}, TaskType: "SEQ_CLS"}
	if diff := cmp.Diff(want, a.Config()); diff != "" {
		t.Error(diff)
	}
}

func TestScaling(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   float64
	}{{Config{}, 1}, {Config{R: 8, Alpha: 16}, 2}, {Config{R: 16}, 0.5}, {Config{R: 16, RSLoRA: true}, 2}, {Config{R: 2, Alpha: 1, RSLoRA: true}, 1 / math.Sqrt2}} {
		full := c.config.withDefaults()
		if got := full.scaling(full.R, full.Alpha); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%+v: %g, want %g", c.config, got, c.want)
		}
	}
}

// A Config goes through JSON unchanged, as in a file that describes an experiment.
func TestConfigThroughJSON(t *testing.T) {
	for _, c := range []Config{{}, {ModulesToSave: []string{}}, {R: 4, Alpha: 1.5, RSLoRA: true, Dropout: 0.1, TargetModules: []string{"dense"}, ModulesToSave: []string{"score"}, TaskType: NoTask, BaseModel: "b"}, {TargetRegexp: ".*"}} {
		text, err := json.Marshal(c)
		loratest.Must(t, err)
		var back Config
		loratest.Must(t, json.Unmarshal(text, &back))
		if diff := cmp.Diff(c, back); diff != "" {
			t.Error(diff)
		}
	}
}

func TestMatching(t *testing.T) {
	modules := []string{
		"bert.encoder.layer.0.attention.self.query", "bert.encoder.layer.0.attention.output.dense", "bert.encoder.layer.0.output.dense",
		"bert.pooler.dense", "pre_classifier", "classifier", "classifier.out", "dense",
	}
	for name, c := range map[string]struct {
		config Config
		want   []string
	}{
		"suffix":           {Config{TargetModules: []string{"dense"}}, []string{modules[1], modules[2], modules[3], "dense"}},
		"two parts":        {Config{TargetModules: []string{"output.dense"}}, []string{modules[1], modules[2]}},
		"whole name":       {Config{TargetModules: []string{"bert.pooler.dense", "query"}}, []string{modules[0], modules[3]}},
		"regexp":           {Config{TargetRegexp: `.*(query|pooler\.dense)`}, []string{modules[0], modules[3]}},
		"look behind":      {Config{TargetRegexp: `.*(?<!attention\.output\.)dense`}, []string{modules[2], modules[3], "dense"}},
		"named group":      {Config{TargetRegexp: `(?P<n>dense)`}, []string{"dense"}},
		"alternatives":     {Config{TargetRegexp: `dense|den`}, []string{"dense"}},
		"not what is kept": {Config{TargetRegexp: `.*class.*`, ModulesToSave: []string{"classifier"}}, []string{"pre_classifier"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := c.config.withDefaults().matcher()
			loratest.Must(t, err)
			found, err := m.Targets(modules)
			loratest.Must(t, err)
			if diff := cmp.Diff(c.want, found.Modules); diff != "" || found.Unmatched != nil {
				t.Errorf("%s, unmatched %v", diff, found.Unmatched)
			}
		})
	}
	for variable, want := range map[string]string{
		"classifier.weight": "classifier", "classifier.dense.bias": "classifier", "pre_classifier.bias": "pre_classifier",
		"bert.pooler.dense.weight": "bert.pooler", "bert.classifiers.weight": "", "weight": "",
	} {
		if got := match.SavedModule([]string{"classifier", "pooler"}, variable); got != want {
			t.Errorf("%s: saved with %q, want %q", variable, got, want)
		}
	}
}

// No settings make the parser panic, and those it takes can be written and read
// again.
func FuzzParseConfig(f *testing.F) {
	for _, name := range cases {
		text, err := os.ReadFile(filepath.Join("testdata", name, ConfigFile))
		loratest.Must(f, err)
		f.Add(text)
	}
	f.Add([]byte(`{"peft_type":"LORA","target_modules":["query"],"task_type":"SEQ_CLS","x":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c Config
		var foreign map[string]json.RawMessage
		var err error
		memorytest.Bounded(t, len(text), func() { c, foreign, err = parseConfig("fuzz", text) })
		if err != nil {
			return
		}
		_, err = New(c)
		loratest.Must(t, err)
		written, err := encodeConfig(c.withDefaults(), foreign)
		loratest.Must(t, err)
		again, _, err := parseConfig("written", written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if fmt.Sprint(again.R, again.Alpha, again.Dropout, again.RSLoRA, again.TargetRegexp, len(again.TargetModules)) !=
			fmt.Sprint(c.R, c.Alpha, c.Dropout, c.RSLoRA, c.TargetRegexp, len(c.TargetModules)) {
			t.Fatalf("%+v became %+v", c, again)
		}
	})
}
