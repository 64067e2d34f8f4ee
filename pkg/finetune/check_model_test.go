package finetune

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/lora"
)

// CheckModel accepts what a training accepts, without computing an initialization, and refuses what it refuses.
func TestCheckModel(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Experiment)
		want   string
	}{
		"LoRA":    {func(*Experiment) {}, ""},
		"PiSSA":   {func(e *Experiment) { e.Adapter.Init = lora.InitPiSSA }, ""},
		"EVA":     {func(e *Experiment) { e.Adapter.Init, e.Adapter.EVA = lora.InitEVA, &lora.EVAConfig{Rho: 2} }, ""},
		"head":    {func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} }, ""},
		"full":    {func(e *Experiment) { e.Method, e.Adapter = Full, lora.Config{} }, ""},
		"modules": {func(e *Experiment) { e.Adapter.TargetModules = []string{"wrong"} }, `no module matches ["wrong"]`},
		"EVA's modules": {func(e *Experiment) {
			e.Adapter.Init, e.Adapter.TargetModules = lora.InitEVA, []string{"wrong"}
		}, `no module matches ["wrong"]`},
		"unsaved": {func(e *Experiment) {
			e.Method, e.Adapter = HeadOnly, lora.Config{ModulesToSave: []string{"pooler.dense"}}
		}, "newly initialized weights must be trained and saved, or they cannot be loaded again: add \"classifier\""},
		"length": {func(e *Experiment) { e.Data.MaxLength = 100000 }, "data.max_length is 100000"},
		"model":  {func(e *Experiment) { e.Model = t.TempDir() }, "config.json"},
	} {
		t.Run(name, func(t *testing.T) {
			e := toy(t)
			c.change(&e)
			err := e.CheckModel(t.Context(), []string{"bad", "good"})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("the error is %v, expected one with %q", err, c.want)
			}
		})
	}
}
