package study

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// toy is a study of trainings that take a fraction of a second.
func toy(t *testing.T) Study {
	t.Helper()
	return Study{
		Dir: t.TempDir(), Seeds: 2, Options: finetune.Options{Backend: toytest.Backend(t)},
		Base: finetune.Experiment{
			Model: toytest.Model(t), Seed: 3,
			Data:     splits.Config{Source: toytest.Data(t), Train: 64, Validation: 40, Test: 60, MaxLength: 20},
			Training: finetune.Training{Epochs: 2, LearningRate: 0.01, MetricForBestModel: objective.Last, Evaluations: 1},
		},
	}
}

var small = Variant{Name: "r 2, LoRA+", Adapter: lora.Config{R: 2, Alpha: 4}, LoRAPlusLRRatio: 4}

func TestExperiment(t *testing.T) {
	s := toy(t)
	e, err := s.experiment(small, 0.1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e.Adapter.R != 2 || e.Training.LearningRate != 0.1 || e.Training.LoRAPlusLRRatio != 4 || e.Training.Epochs != 2 || e.Seed != 4 || e.Data.Seed != 3 {
		t.Errorf("%+v", e)
	}
	if got := filepath.Base(s.folder(small, e)); got != "r-2-LoRA-plus-rate-0.1-seed-4" {
		t.Errorf("folder %s", got)
	}
	e, err = s.experiment(Variant{Name: "full", Method: finetune.Full}, 0, 0)
	if err != nil || e.Method != finetune.Full || e.Training.LearningRate != 5e-5 || e.Seed != 3 || e.Training.LoRAPlusLRRatio != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}

// A study finds the rate, trains with each seed on the same examples, and repeats nothing.
func TestRun(t *testing.T) {
	s, ctx := toy(t), context.Background()
	shown := &notes{Progress: progress.Nop}
	s.Options.Progress = shown
	r, err := s.Run(ctx, small)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Reports) != 2 || len(r.Predictions) != 2 || len(r.Search.Tries) < 3 {
		t.Fatalf("%d reports, %d predictions, %d tries", len(r.Reports), len(r.Predictions), len(r.Search.Tries))
	}
	for _, try := range r.Search.Tries {
		if try.Loss < r.Search.lossAt(t, r.Search.Rate) {
			t.Errorf("the rate %g has a lower loss than %g", try.LearningRate, r.Search.Rate)
		}
	}
	if r.Reports[0].Training.BestLoss != r.Search.lossAt(t, r.Search.Rate) {
		t.Error("the first seed's training is not that of the search")
	}
	if reflect.DeepEqual(r.Predictions[0].SingleLabel.Logits, r.Predictions[1].SingleLabel.Logits) {
		t.Error("the seed has no effect")
	}
	folders, err := os.ReadDir(s.Dir)
	if err != nil || len(folders) != len(r.Search.Tries)+1 {
		t.Errorf("%d run folders for %d rates and one more seed, %v", len(folders), len(r.Search.Tries), err)
	}
	again, err := s.Run(ctx, small)
	if err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("another result the second time, %v", err)
	}
	if got, want := shown.trainings, len(folders); got != want {
		t.Errorf("%d notes say which training follows, want %d: one for each training", got, want)
	}
	var begun []runfolder.LineKind
	s.Options.OnHistory = func(line runfolder.HistoryLine) { begun = append(begun, line.Kind) }
	other, err := s.Run(ctx, Variant{Name: "head", Method: finetune.HeadOnly, LearningRate: 0.1})
	if err != nil || len(begun) == 0 {
		t.Fatalf("options have no effect, or %v", err)
	}
	differences, err := Compare(r, other)
	if err != nil || len(differences) != 1 {
		t.Fatal(err)
	}
	d := differences[0]
	mean, low, high := r.Scores()
	if d.Variant.Name != "head" || math.Abs(d.First-mean) > 1e-12 || low > mean || mean > high || d.Trainings != 2 || d.Examples != 60 || d.AdjustedP != d.PValue {
		t.Errorf("%+v; %v, %v, %v", d, mean, low, high)
	}
	differences, err = Compare(r, other, r, other)
	if err != nil || differences[1].PValue != 1 || math.Abs(differences[0].AdjustedP-min(1, 3*d.PValue)) > 1e-12 {
		t.Errorf("with three comparisons: %+v, %v", differences, err)
	}
	if r.SecondsPerEpoch() <= 0 || r.PeakBytes() < 0 {
		t.Errorf("%v s, %d bytes", r.SecondsPerEpoch(), r.PeakBytes())
	}
}

// notes counts the notes that say which training follows.
type notes struct {
	progress.Progress
	trainings int
}

func (n *notes) Note(line string) {
	if strings.HasPrefix(line, "training with the learning rate 0.") && strings.Contains(line, ", seed ") {
		n.trainings++
	}
}

func (s *Search) lossAt(t *testing.T, rate float64) float64 {
	t.Helper()
	for _, try := range s.Tries {
		if try.LearningRate == rate {
			return try.Loss
		}
	}
	t.Fatalf("no try at %g", rate)
	return 0
}

// A rate at which training diverges is avoided.
func TestTuneAvoidsDivergence(t *testing.T) {
	s := toy(t)
	s.Base.Training.MaxGradNorm = -1
	trained, err := s.train(context.Background(), Variant{Name: "full", Method: finetune.Full}, 1e30)
	if !errors.Is(err, finetune.ErrDiverged) || !strings.Contains(err.Error(), "the loss is NaN") {
		t.Fatalf("a rate of 1e30: %v", err)
	}
	if loss, err := validationLoss(trained, err); err != nil || !math.IsInf(loss, 1) {
		t.Errorf("the loss of a training that diverged is %v, %v", loss, err)
	}
}

// A stopped study resumes.
func TestStop(t *testing.T) {
	s := toy(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.Options.OnHistory = func(runfolder.HistoryLine) { cancel() }
	if _, err := s.Run(ctx, small); !errors.Is(err, finetune.ErrStopped) {
		t.Fatalf("stopped: %v", err)
	}
	s.Options.OnHistory = nil
	if _, err := s.Run(context.Background(), small); err != nil {
		t.Fatal(err)
	}
}

func TestRefuses(t *testing.T) {
	s, ctx := toy(t), context.Background()
	for want, err := range map[string]error{
		"Variant.Name is empty":  second(s.Run(ctx, Variant{})),
		"Seeds is -1":            second(Study{Seeds: -1}.Run(ctx, small)),
		"learning rate -1":       second(s.Run(ctx, Variant{Name: "a", LearningRate: -1})),
		"at least one besides":   second(Compare(&Result{})),
		`variant "qurey": `:      second(s.Run(ctx, Variant{Name: "qurey", Adapter: lora.Config{R: -1}})),
		`variant "none": lora: `: second(s.Run(ctx, Variant{Name: "none", Adapter: lora.Config{R: -1}})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Variants of every task are compared by the task's metric.
func TestTasks(t *testing.T) {
	for task, name := range map[data.Task]string{data.MultiLabel: "micro F1", data.Regression: "mean absolute error", data.TokenClassification: "entity F1"} {
		t.Run(string(task), func(t *testing.T) {
			s, ctx := toy(t), context.Background()
			dir := t.TempDir()
			var err error
			if task == data.TokenClassification {
				err = toytest.TagData(dir, 5, 120, 60, true)
				s.Base.Training.Epochs = 20 // after a few, all words are O
			} else {
				err = toytest.TaskData(dir, task)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.Base.Task, s.Base.Data.Source, s.Base.Data.DropDuplicates = task, dir, splits.DropNone
			r, err := s.Run(ctx, small)
			if err != nil {
				t.Fatal(err)
			}
			head, err := s.Run(ctx, Variant{Name: "head", Method: finetune.HeadOnly, LearningRate: 0.1})
			if err != nil {
				t.Fatal(err)
			}
			differences, err := Compare(r, head)
			if err != nil {
				t.Fatal(err)
			}
			mean, low, high := r.Scores()
			other, _, _ := head.Scores()
			d := differences[0]
			if m := r.Metric(); m.Name != name || m.LowerIsBetter != (task == data.Regression) || low > mean || mean > high || low == high {
				t.Errorf("%+v: %v, %v, %v", m, mean, low, high)
			}
			if math.Abs(d.First-mean) > 1e-6 || math.Abs(d.Second-other) > 1e-6 || math.Abs(d.Difference-(other-mean)) > 1e-6 || d.Examples != 60 || r.Examples() != 60 || d.Trainings != 2 {
				t.Errorf("%+v; %v and %v", d.Repeated, mean, other)
			}
			one := *head
			one.Predictions = []*classify.TaskPredictions{{SingleLabel: &metrics.Predictions{}}, {}}
			if _, err := Compare(r, &one); err == nil || !strings.Contains(err.Error(), "different tasks") {
				t.Errorf("another task: %v", err)
			}
		})
	}
}
