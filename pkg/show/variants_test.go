package show

import (
	"math"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/study"
	"github.com/lorabook/lorabook/pkg/table"
)

// resultOf is a variant whose trainings have the predictions.
func resultOf(t *testing.T, name string, seconds float64, trainings ...*metrics.Predictions) *study.Result {
	t.Helper()
	r := &study.Result{
		Variant:     study.Variant{Name: name},
		Search:      &study.Search{Rate: 0.003, Tries: []study.Try{{LearningRate: 0.001, Loss: 0.5}, {LearningRate: 0.003, Loss: 0.4}, {LearningRate: 0.01, Loss: math.Inf(1)}}},
		Environment: runfolder.Environment{CPU: "a processor", Cores: 2},
	}
	for _, p := range trainings {
		m, err := metrics.Measure(p)
		if err != nil {
			t.Fatal(err)
		}
		r.Predictions = append(r.Predictions, &classify.TaskPredictions{SingleLabel: p})
		r.Reports = append(r.Reports, &finetune.Report{
			After: m, AdapterBytes: 102400,
			Training: &finetune.Trained{Steps: 230, EpochSeconds: []float64{9, seconds}, PeakBytes: 500 << 20, Trainable: 25_000, AllParameters: 1_000_000},
		})
	}
	return r
}

func variantsOf(t *testing.T, results ...*study.Result) *Variants {
	t.Helper()
	differences, err := study.Compare(results[0], results[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return &Variants{results: results, differences: differences}
}

// figureText is the text of figures.
func figureText(t *testing.T, f Figures, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := f.write(&out, func(t *table.Table) error {
		out.WriteString(t.Text())
		return nil
	}, table.ShowSlider, func(c chart.Chart) error {
		out.WriteString(c.Text())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func expect(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestVariant(t *testing.T) {
	classes := labelSets["fresh, rotten"]
	r := resultOf(t, "r 8", 2, answers(classes, 40, 1), answers(classes, 40, 1.4))
	f, err := Variant(r, nil)
	text := figureText(t, f, err)
	expect(t, text, "Learning rates of r 8", "0.003            0.400  lowest loss", "0.01         diverged", "r 8: mean accuracy ", "2 trainings from ")
	r.Search.Bounded = true
	f, err = Variant(r, nil)
	expect(t, figureText(t, f, err), "the search ended after 8 learning rates")
	f, err = Variant(resultOf(t, "r 8", 2, answers(classes, 40, 1)), nil)
	expect(t, figureText(t, f, err), "one training")
	if _, err := Variant(nil, finetune.ErrStopped); err != finetune.ErrStopped {
		t.Errorf("%v", err)
	}
}

// The text says which variants differ, in which direction, and what a comparison without a
// difference means.
func TestVariantsAccuracy(t *testing.T) {
	classes := labelSets["fresh, rotten"]
	fair, good, poor := answers(classes, 100, 1), answers(classes, 100, 3), answers(classes, 100, -1)
	for name, c := range map[string]struct {
		others []*study.Result
		want   []string
	}{
		"the same": {[]*study.Result{resultOf(t, "b", 2, fair, fair)}, []string{"No variant differs from a", "lowest corrected p: 1", "does not show that all are equal"}},
		"better":   {[]*study.Result{resultOf(t, "b", 2, good, good)}, []string{"More accurate than a, with a corrected p below 0.05: b."}},
		"worse": {[]*study.Result{resultOf(t, "b", 2, poor, poor), resultOf(t, "c", 2, fair, fair), resultOf(t, "d", 2, good, good)},
			[]string{"Less accurate than a, with a corrected p below 0.05: b.", "More accurate than a, with a corrected p below 0.05: d.", "For the other 1, chance can explain"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := variantsOf(t, append([]*study.Result{resultOf(t, "a", 2, fair, fair)}, c.others...)...)
			f, err := v.Scores()
			text := figureText(t, f, err)
			expect(t, text, append(c.want, "Means of 2 trainings on 200 test examples", "difference from a")...)
			if len(f.Charts) != 1 || len(f.Tables) != 1 {
				t.Errorf("%d charts, %d tables", len(f.Charts), len(f.Tables))
			}
		})
	}
	v := variantsOf(t, resultOf(t, "a", 2, fair), resultOf(t, "b", 2, good))
	f, err := v.Scores()
	expect(t, figureText(t, f, err), "One training each, on 200 test examples.")
}

func TestVariantsCosts(t *testing.T) {
	classes := labelSets["fresh, rotten"]
	p := answers(classes, 20, 1)
	v := variantsOf(t, resultOf(t, "r 8", 2, p), resultOf(t, "full", 4, p), resultOf(t, "head", 1, p))
	f, err := v.Costs(study.Variant{Name: "r 8"}, study.Variant{Name: "full"})
	if len(f.Charts) != 3 {
		t.Errorf("%d charts", len(f.Charts))
	}
	expect(t, figureText(t, f, err), "r 8 takes 50 % of the time of full fine-tuning.", "full fine-tuning needs 524 MB", "102 kB for r 8", " 25,000 ")
	if _, err := v.Costs(study.Variant{Name: "r 9"}, study.Variant{Name: "full"}); err == nil || !strings.Contains(err.Error(), `no variant "r 9"`) {
		t.Errorf("%v", err)
	}
	f, err = v.Speed(study.Variant{Name: "r 8"}, study.Variant{Name: "full"}, study.Variant{Name: "head"})
	expect(t, figureText(t, f, err), "computed on a processor, 2 cores", "an epoch takes 2.00 s with r 8, 4.00 s with full and 1.00 s with head", "2.00 times as fast", "r 8 trains 2.50 % of the parameters", "in points: +0.0 (-8.8 to +8.8)")
}

// The text about speed follows the measured times.
func TestSpeedUp(t *testing.T) {
	for ratio, want := range map[float64]string{
		0.5: "slower than full fine-tuning here: it takes 2.00 times as long",
		1.2: "1.20 times as fast as full fine-tuning here: no more than the 1.5 times",
		1.8: "more than the 1.5 times of the arithmetic, since the update of every weight takes time, too; less than the claim",
		2.4: "as the claim says",
	} {
		if got := speedUp(ratio); !strings.Contains(got, want) {
			t.Errorf("%g: %q, expected %q", ratio, got, want)
		}
	}
}

func TestCompareVariantsRefuses(t *testing.T) {
	s := study.Study{Dir: t.TempDir()}
	none := study.Variant{}
	if _, err := compareVariants(t.Context(), s, []study.Variant{none, none}); err == nil || !strings.Contains(err.Error(), "Variant.Name is empty") {
		t.Errorf("no name: %v", err)
	}
	if _, err := compareVariants(t.Context(), s, []study.Variant{none}); err == nil || !strings.Contains(err.Error(), "1 variants") {
		t.Errorf("nothing to compare: %v", err)
	}
}

// The folder of a study follows the settings that differ from the notebook's defaults.
func TestStudy(t *testing.T) {
	base, err := variantsExperiment(notebook.Settings{Model: "models/m", Data: "d.csv", MaxLength: 128, Epochs: 5})
	if err != nil {
		t.Fatal(err)
	}
	if s, err := newStudy(base, 2); err != nil || s.Dir != "../runs/variants-m-d" || s.Seeds != 2 || s.Options.Progress == nil || s.Base.Training.MetricForBestModel != objective.Last {
		t.Errorf("%+v, %v", s, err)
	}
	base.Data.Train, base.Seed = 200, 2
	if s, err := newStudy(base, 2); err != nil || s.Dir != "../runs/variants-m-d-train200-seed2" {
		t.Errorf("other settings: %s, %v", s.Dir, err)
	}
}

// Variants of every task are shown by the task's metric: a lower error is better.
func TestVariantsTasks(t *testing.T) {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		if _, err := variantsExperiment(notebook.Settings{Task: string(task)}); err != nil {
			t.Error(err)
		}
	}
	few := significance.Bootstrap{Resamples: 100}
	number := func(name string, skill float64) *study.Result {
		r := &study.Result{Variant: study.Variant{Name: name}, Search: &study.Search{Rate: 0.003}}
		p := numberAnswers(80, skill)
		m, err := metrics.MeasureRegression(t.Context(), p, few)
		if err != nil {
			t.Fatal(err)
		}
		r.Predictions = []*classify.TaskPredictions{{Regression: p}}
		r.Reports = []*finetune.Report{{Regression: &evaluation.RegressionReport{After: m}, Training: &finetune.Trained{Trainable: 1, AllParameters: 2}, AdapterBytes: 1}}
		return r
	}
	v := variantsOf(t, number("a", 0.5), number("b", 1), number("c", 0))
	f, err := v.Scores()
	text := figureText(t, f, err)
	expect(t, text, "Mean absolute error, and the difference from a", "Better than a, with a corrected p below 0.05: b.", "Worse than a, with a corrected p below 0.05: c.", "The lower the better.", "Mean absolute error of the variants")
	tags := func(name string, wrong float64) *study.Result {
		r := &study.Result{Variant: study.Variant{Name: name}, Search: &study.Search{Rate: 0.003}}
		p, _ := tagAnswers([]string{"LOC", "PER"}, 80, wrong)
		m, err := metrics.MeasureTags(t.Context(), p, few)
		if err != nil {
			t.Fatal(err)
		}
		r.Predictions = []*classify.TaskPredictions{{Tags: p}}
		r.Reports = []*finetune.Report{{Tags: &evaluation.TagReport{After: m}, Training: &finetune.Trained{Trainable: 1, AllParameters: 2}, AdapterBytes: 1}}
		return r
	}
	v = variantsOf(t, tags("a", 0.3), tags("b", 0.05))
	f, err = v.Scores()
	text += figureText(t, f, err)
	expect(t, text, "Entity F1, and the difference from a", "Better than a, with a corrected p below 0.05: b.")
	f, err = v.Speed(study.Variant{Name: "a"}, study.Variant{Name: "b"}, study.Variant{Name: "a"})
	text += figureText(t, f, err)
	f, err = Variant(v.results[0], nil)
	text += figureText(t, f, err)
	expect(t, text, "its entity F1 minus that of full fine-tuning: -0.", "a: entity F1 0.", "on 80 test examples, one training")
	if strings.Contains(text, "ccura") || strings.Contains(text, "points") {
		t.Errorf("no task of these has an accuracy:\n%s", text)
	}
}
