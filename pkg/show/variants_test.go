package show

import (
	"errors"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// A variant replaces method and adapter, and keeps the other settings unless it has its own.
func TestVariantExperiment(t *testing.T) {
	base := finetune.Experiment{Model: "m", Training: finetune.Training{LearningRate: 0.1, Epochs: 3}, Seed: 7}
	e := Variant{Adapter: lora.Config{R: 8}}.experiment(base)
	if e.Adapter.R != 8 || e.Training.LearningRate != 0.1 || e.Training.Epochs != 3 || e.Seed != 7 || e.Training.LoRAPlusLRRatio != 0 {
		t.Errorf("%+v", e)
	}
	e = Variant{Method: finetune.Full, LearningRate: 0.2, LoRAPlusLRRatio: 16}.experiment(base)
	if e.Method != finetune.Full || e.Training.LearningRate != 0.2 || e.Training.LoRAPlusLRRatio != 16 || e.Training.Epochs != 3 {
		t.Errorf("%+v", e)
	}
}

func TestVariantFolder(t *testing.T) {
	base, err := variantsExperiment(notebook.Settings{Model: "models/m", Data: "d.csv", MaxLength: 128})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"r 8": "r-8", "r = 0.2": "r-0.2", "r 16, all": "r-16-all", "LoRA+": "LoRA-plus",
	} {
		if got, err := (Variant{Name: name}).folder(base); err != nil || got != "../runs/variants-m-d-"+want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	base.Data.Train, base.Seed = 200, 2
	if got, err := (Variant{Name: "r 8"}).folder(base); err != nil || got != "../runs/variants-m-d-train200-seed2-r-8" {
		t.Errorf("other settings: %s, %v", got, err)
	}
}

func TestCompareRefuses(t *testing.T) {
	if _, err := Compare(t.Context(), finetune.Experiment{}); err == nil || !strings.Contains(err.Error(), "no variants") {
		t.Errorf("no variants: %v", err)
	}
	if _, err := Compare(t.Context(), finetune.Experiment{}, Variant{}); err == nil || !strings.Contains(err.Error(), "Variant.Name is empty") {
		t.Errorf("no name: %v", err)
	}
}

// The charts of a comparison have a bar per variant.
func TestComparison(t *testing.T) {
	classes := labelSets["bad, fair, good"]
	c := &Comparison{}
	for i, name := range []string{"one", "two", "three"} {
		r := reportOf(t, answers(classes, 20, 0), answers(classes, 20, float64(i)))
		r.Training = &finetune.Trained{Steps: 30, Trainable: 10 * (i + 1), AllParameters: 100, PeakBytes: int64(i+1) << 20, EpochSeconds: []float64{9, float64(i + 1)}}
		r.AdapterBytes = int64(i+1) << 10
		c.variants, c.reports = append(c.variants, Variant{Name: name}), append(c.reports, r)
	}
	f, err := c.Accuracy()
	if text := charts(t, f, err); len(text) != 1 || len(f.Notes) != 4 || !strings.Contains(text[0], "On 60 test examples, after 30 training steps each.") {
		t.Errorf("%q, %q", text, f.Notes)
	}
	f, err = c.Costs(c.variants[0], c.variants[2])
	text := charts(t, f, err)
	if len(text) != 3 {
		t.Fatalf("%q", text)
	}
	for i, want := range []string{"LoRA takes 33 % of full fine-tuning's time.", "full fine-tuning's is 3 MB.", "1 kB of an adapter, 3 kB of a model."} {
		if !strings.Contains(text[i], want) {
			t.Errorf("no %q in\n%s", want, text[i])
		}
	}
	c.reports[2].Training.PeakBytes = 0 // as on a system that does not report it
	if f, err = c.Costs(c.variants[0], c.variants[2]); len(charts(t, f, err)) != 2 {
		t.Errorf("unknown memory: %q", charts(t, f, err))
	}
	f, err = c.Speed(c.variants[0], c.variants[2], c.variants[1])
	if err != nil || len(f.Notes) != 3 || !strings.Contains(f.Notes[0], "3.00 times as fast as one of full fine-tuning, and the head alone 1.50 times") {
		t.Errorf("%q, %v", f.Notes, err)
	}
	if _, err := c.Speed(c.variants[0], Variant{Name: "four"}, c.variants[1]); err == nil || !strings.Contains(err.Error(), `no variant "four"`) {
		t.Errorf("unknown variant: %v", err)
	}
}

func TestResult(t *testing.T) {
	classes := labelSets["ham, spam"]
	r := reportOf(t, answers(classes, 20, 0), answers(classes, 20, 1))
	r.Training = &finetune.Trained{Steps: 30, Seconds: 2}
	f, err := Result(r, nil)
	if err != nil || len(f.Notes) != 2 || !strings.Contains(f.Notes[1], "30 steps") {
		t.Errorf("%q, %v", f.Notes, err)
	}
	failed := errors.New("failed")
	if _, err := Result(nil, failed); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}
