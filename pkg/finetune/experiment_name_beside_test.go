package finetune

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/schedule"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Each setting that differs is in the name; equal settings give the name of the model and the data.
func TestNameBeside(t *testing.T) {
	base := Experiment{Adapter: lora.Config{R: 8, Alpha: 16, Dropout: 0.1}}
	for _, test := range []struct {
		change func(e *Experiment)
		want   string
	}{
		{func(*Experiment) {}, ""},
		{func(e *Experiment) { e.Data.Train, e.Seed = 360, 1 }, ""}, // the defaults, written out
		{func(e *Experiment) { e.Adapter.R = 4 }, "-r4"},
		{func(e *Experiment) { e.Adapter.R, e.Adapter.Fraction = 0, 0.2 }, "-r0.2"},
		{func(e *Experiment) { e.Adapter.Alpha, e.Adapter.Dropout = 8, 0 }, "-alpha8-dropout0"},
		{func(e *Experiment) { e.Adapter.TargetModules = []string{"query", "key"} }, "-query-key"},
		{func(e *Experiment) { e.Adapter.TargetModules = []string{lora.AllLinear} }, "-all-linear"},
		{func(e *Experiment) { e.Adapter.LayersToTransform = []int{2, 3} }, "-layers2-3"},
		{func(e *Experiment) { e.Adapter.R, e.Data.Train, e.Data.Test = 4, 200, -1 }, "-r4-train200-test-all"},
		{func(e *Experiment) { e.Data.Columns = data.Columns{Text: "body", Label: "stars"} }, "-text-body-label-stars"},
		{func(e *Experiment) { e.Data.TestShare, e.Data.DropDuplicates = 0.3, splits.DropNear }, "-share0.3-drop-near"},
		{func(e *Experiment) { e.Data.TestShare, e.Data.BadRows = splits.DefaultTestShare, data.FailBadRows }, ""},
		{func(e *Experiment) { e.Data.Validation, e.Data.MaxLength = 20, 64 }, "-validation20-length64"},
		{func(e *Experiment) { e.Training.Epochs, e.Training.BatchSize, e.Training.LearningRate = 3, 8, 5e-5 }, "-epochs3-batch8-lr0.00005"},
		{func(e *Experiment) { e.Training.Evaluations = 4 }, "-evaluations4"},
		{func(e *Experiment) {
			e.Training.Precision, e.Training.PrefixCache = precision.BFloat16, precision.Float32
		}, "-bfloat16-cache-float32"},
		{func(e *Experiment) { e.Method, e.Adapter = Full, lora.Config{} }, "-full"},
		{func(e *Experiment) { e.Method, e.Adapter, e.Seed = HeadOnly, lora.Config{}, -1 }, "-head-seed-1"},
	} {
		e := base
		test.change(&e)
		got, err := e.NameBeside(base)
		if want := "lorabook-tiny-sample" + test.want; err != nil || got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// A setting without a word of its own, and a list that is too long, end in a digest, which differs
// where the settings do.
func TestNameBesideEndsInADigest(t *testing.T) {
	base := Experiment{}
	seen := map[string]bool{}
	digest := regexp.MustCompile(`-[0-9a-f]{6}$`)
	for _, change := range []func(e *Experiment){
		func(e *Experiment) { e.Training.Schedule = schedule.Cosine },
		func(e *Experiment) { e.Adapter.DoRA = true },
		func(e *Experiment) { e.Data.Columns.Text = "a b" },
		func(e *Experiment) { e.Data.Columns.Text = "a-b, c" },
		func(e *Experiment) { e.Adapter.RankPattern = lora.Patterns[int]{{Modules: "query", Value: 2}} },
		func(e *Experiment) { e.Adapter.RankPattern = lora.Patterns[int]{{Modules: "query", Value: 3}} },
		func(e *Experiment) {
			e.Adapter.R, e.Adapter.Alpha, e.Data.Train, e.Data.Validation, e.Data.Test, e.Data.MaxLength, e.Seed = 4, 9, 100, 20, 100, 64, 7
		},
		func(e *Experiment) {
			e.Adapter.R, e.Adapter.Alpha, e.Data.Train, e.Data.Validation, e.Data.Test, e.Data.MaxLength, e.Seed = 4, 9, 100, 20, 100, 64, 8
		},
		func(e *Experiment) { e.Data.Source = strings.Repeat("long", 24) + ".csv" },
		func(e *Experiment) {
			e.Adapter.TargetModules = []string{"query", "key", "value", "attention.output.dense", "intermediate.dense"}
		},
	} {
		e := base
		change(&e)
		reference := base
		reference.Data.Source = e.Data.Source
		if e.Data.Source != "" {
			e.Data.Train = 10
		}
		name, err := e.NameBeside(reference)
		if err != nil || !digest.MatchString(name) || seen[name] || len(name) > 100 {
			t.Errorf("%s, %v", name, err)
		}
		again, err := e.NameBeside(reference)
		if err != nil || again != name {
			t.Errorf("the same settings are %s and %s, %v", name, again, err)
		}
		seen[name] = true
	}
}
