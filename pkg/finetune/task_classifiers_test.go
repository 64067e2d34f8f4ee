package finetune

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// headedAdapter saves an adapter of the toy model for a task, with a head and matrices of random
// values and a calibration, and returns its folder.
func headedAdapter(t *testing.T, modelDir string, seed uint64, task data.Task, rank int, labels ...string) string {
	t.Helper()
	m, err := bert.Open(context.Background(), modelDir, bert.Options{Head: bert.Classification, Labels: labels, ProblemType: string(task), FreshHead: true})
	if err != nil {
		t.Fatal(err)
	}
	a, err := lora.New(lora.Config{R: rank, Alpha: float64(2 * rank), Init: lora.InitRandom})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Inject(m.Store, m.DenseModules(), int64(seed)); err != nil {
		t.Fatal(err)
	}
	toytest.Randomize(t, rand.New(rand.NewPCG(seed, 7)), 1, m.Store.GetVariable("/classifier/weight"), m.Store.GetVariable("/classifier/bias"))
	a.SetProblemType(string(task))
	if err := a.SetLabels(labels); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "adapter")
	if err := a.Save(dir); err != nil {
		t.Fatal(err)
	}
	var fitted classify.Calibration
	switch task {
	case data.SingleLabel:
		fitted.Temperature = 0.5 + float64(seed)
	case data.MultiLabel:
		fitted.Thresholds = map[string]float64{}
		for i, label := range labels {
			fitted.Thresholds[label] = 0.2 + 0.25*float64(i)
		}
	}
	if err := fitted.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tasksAdapters are adapters of every task with heads of one to four rows.
func tasksAdapters(t *testing.T, modelDir string) map[string]string {
	t.Helper()
	return map[string]string{
		"mood":   headedAdapter(t, modelDir, 1, data.SingleLabel, 2, "bad", "good"),
		"topics": headedAdapter(t, modelDir, 2, data.MultiLabel, 4, "art", "news", "sport"),
		"stars":  headedAdapter(t, modelDir, 3, data.Regression, 3, "stars"),
		"kind":   headedAdapter(t, modelDir, 4, data.SingleLabel, 2, "a", "b", "c", "d"),
	}
}

var taskTexts = []string{"a b c", "k k k k k k k k k", "d e f g", "k", "a k b k c k d k e k a k b k c k d", "j i h", "m n", "n n n a"}

// aloneAnswers are the answers of a Classifier of one adapter.
func aloneAnswers(t *testing.T, modelDir, dir string, options classify.Options, examples []data.Example) []classify.TaskAnswer {
	t.Helper()
	c, err := classify.Open(context.Background(), modelDir, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out := make([]classify.TaskAnswer, len(examples))
	if c.Task() == data.Regression {
		numbers, err := c.ScoreExamples(context.Background(), examples)
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			out[i] = classify.TaskAnswer{Task: c.Task(), Number: numbers[i]}
		}
		return out
	}
	answers, err := c.ClassifyExamples(context.Background(), examples)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out {
		out[i] = classify.TaskAnswer{Task: c.Task(), Answer: answers[i]}
	}
	return out
}

// differs reports the difference of two answers, whose numbers may differ by 1e-5.
func differs(got, want classify.TaskAnswer) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(classify.Answer{}), cmpopts.EquateApprox(0, 1e-5))
}

// Adapters of every task, with heads of different sizes, answer in one call and one batch as a
// Classifier of each, with and without thresholds and calibrations, also from several goroutines.
func TestClassifiersOfEveryTask(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	dirs := tasksAdapters(t, modelDir)
	names := []string{"stars", "mood", "topics", "kind", "topics", "stars", "kind", "mood"}
	var examples []data.Example
	for _, text := range taskTexts {
		examples = append(examples, data.Example{Text: text})
	}
	examples[4].TextPair = "k n"
	given := map[string]int{}
	for what, options := range map[string]classify.Options{"plain": {}, "low threshold": {Threshold: 0.05}, "calibrated": {Calibrated: true}} {
		options.MaxLength = 20
		c, err := classify.OpenClassifiers(ctx, modelDir, dirs, classify.ClassifiersOptions{Options: options, OwnLabels: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		want := map[string][]classify.TaskAnswer{}
		for name, dir := range dirs {
			own := options
			if name != "topics" {
				own.Threshold = 0
			}
			own.Calibrated = own.Calibrated && name != "stars"
			for i := range examples { // one at a time: an example with two texts makes all of a call pairs
				want[name] = append(want[name], aloneAnswers(t, modelDir, dir, own, examples[i:i+1])...)
			}
		}
		check := func(names []string) {
			got, err := c.AnswerExamples(ctx, examples, names)
			if err != nil {
				t.Error(err)
				return
			}
			for i, name := range names {
				if diff := differs(got[i], want[name][i]); diff != "" {
					t.Errorf("%s, example %d by %s: %s", what, i, name, diff)
				}
			}
		}
		check(names)
		for name := range dirs {
			check(slices.Repeat([]string{name}, len(examples)))
		}
		for i := range examples {
			given[what] += len(want["topics"][i].Answer.Labels)
		}
		if what == "plain" {
			var wait sync.WaitGroup
			for worker := range 3 {
				wait.Go(func() {
					check(append(slices.Clone(names[worker:]), names[:worker]...))
				})
			}
			wait.Wait()
		}
		// The calls of one kind of task return the same, to the bit where the batches have the same shape.
		classes := []string{"mood", "topics", "kind", "topics", "mood", "kind", "kind", "topics"}
		all, err := c.AnswerExamples(ctx, examples, classes)
		if err != nil {
			t.Fatal(err)
		}
		answers, err := c.ClassifyExamples(ctx, examples, classes)
		if err != nil {
			t.Fatal(err)
		}
		for i := range answers {
			if diff := cmp.Diff(all[i].Answer, answers[i], cmpopts.IgnoreUnexported(classify.Answer{})); diff != "" {
				t.Errorf("%s: ClassifyExamples, example %d: %s", what, i, diff)
			}
		}
		numbers, err := c.Score(ctx, taskTexts[:4], slices.Repeat([]string{"stars"}, 4))
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range numbers {
			if diff := differs(classify.TaskAnswer{Task: data.Regression, Number: n}, want["stars"][i]); diff != "" {
				t.Errorf("%s: Score, text %d: %s", what, i, diff)
			}
		}
	}
	if given["low threshold"] <= given["plain"] || given["calibrated"] == given["plain"] {
		t.Errorf("numbers of classes %v: the test could not fail", given)
	}
}

// A call that does not fit the task of an adapter names the adapter, and options without an effect
// are refused.
func TestClassifiersOfEveryTaskRefuse(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	dirs := tasksAdapters(t, modelDir)
	kind := dirs["kind"]
	only := func(names ...string) map[string]string {
		out := map[string]string{}
		for _, name := range names {
			out[name] = dirs[name]
		}
		return out
	}
	open := func(dirs map[string]string, options classify.ClassifiersOptions) error {
		c, err := classify.OpenClassifiers(ctx, modelDir, dirs, options)
		if err == nil {
			c.Close()
		}
		return err
	}
	for says, err := range map[string]error{
		`expected the 4 of all adapters for the task single_label_classification`: open(dirs, classify.ClassifiersOptions{}),
		"Threshold is 0.3, but no adapter has the task":                           open(only("mood", "stars"), classify.ClassifiersOptions{Options: classify.Options{Threshold: 0.3}}),
		"all adapters have the task regression":                                   open(only("stars"), classify.ClassifiersOptions{Options: classify.Options{Calibrated: true}}),
		`was trained for the task regression, and Options.Task is`:                open(only("mood", "stars"), classify.ClassifiersOptions{Options: classify.Options{Task: data.SingleLabel}}),
		`Task is "token_classification": several adapters`:                        open(dirs, classify.ClassifiersOptions{Options: classify.Options{Task: data.TokenClassification}}),
		`Adapters contains "mod"`:                                                 open(only("mood"), classify.ClassifiersOptions{Adapters: map[string]classify.AdapterOptions{"mod": {Task: data.MultiLabel}}}),
		`the classifier has 3 classes, but there are 2 labels`:                    open(only("mood", "topics"), classify.ClassifiersOptions{Options: classify.Options{Labels: []string{"bad", "good"}}}),
		`MaxClasses is -1`: open(only("mood"), classify.ClassifiersOptions{MaxClasses: -1}),
	} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("expected an error with %q, got %v", says, err)
		}
	}
	c, err := classify.OpenClassifiers(ctx, modelDir, only("mood", "topics", "stars"), classify.ClassifiersOptions{Spare: 1, OwnLabels: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for call, err := range map[string]error{
		"Classify":         second(c.Classify(ctx, taskTexts[:2], []string{"mood", "stars"})),
		"ClassifyExamples": second(c.ClassifyExamples(ctx, []data.Example{{Text: "a"}}, []string{"stars"})),
		"Score":            second(c.Score(ctx, taskTexts[:2], []string{"stars", "topics"})),
		"ScoreExamples":    second(c.ScoreExamples(ctx, []data.Example{{Text: "a"}}, []string{"mood"})),
	} {
		var wrong *classify.TaskError
		expected := map[string]string{"Classify": "stars", "ClassifyExamples": "stars", "Score": "topics", "ScoreExamples": "mood"}[call]
		if !errors.As(err, &wrong) || wrong.Adapter != expected || wrong.Call != call || !strings.Contains(err.Error(), `the adapter "`+expected+`"`) {
			t.Errorf("%s: %v", call, err)
		}
	}
	var full *adapters.CapacityError
	if err := c.Open(ctx, "kind", kind); !errors.As(err, &full) || !strings.Contains(err.Error(), "4 outputs, and the set has places for 3") {
		t.Errorf("a larger head: %v", err)
	}
	if _, err := c.AnswerExamples(ctx, []data.Example{{Text: "a"}}, []string{"kind"}); err == nil {
		t.Error("the refused adapter answers")
	}
	roomy, err := classify.OpenClassifiers(ctx, modelDir, only("mood"), classify.ClassifiersOptions{Spare: 1, OwnLabels: true, MaxClasses: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer roomy.Close()
	if err := roomy.Open(ctx, "kind", kind); err != nil {
		t.Fatal(err)
	}
	want := aloneAnswers(t, modelDir, kind, classify.Options{}, []data.Example{{Text: taskTexts[0]}})
	got, err := roomy.AnswerExamples(ctx, []data.Example{{Text: taskTexts[0]}}, []string{"kind"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := differs(got[0], want[0]); diff != "" {
		t.Errorf("an adapter added later: %s", diff)
	}
	if task, labels, err := roomy.Task(ctx, "kind"); err != nil || task != data.SingleLabel || !slices.Equal(labels, []string{"a", "b", "c", "d"}) {
		t.Errorf("the task is %s, the classes %q (%v)", task, labels, err)
	}
}

// An adapter of PEFT, which records neither task nor classes, has those of its own options,
// otherwise the task of the base.
func TestClassifiersOfPEFTsTasks(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	dirs := tasksAdapters(t, modelDir)
	peft := map[string]string{"topics": ofPEFT(t, dirs["topics"]), "stars": ofPEFT(t, dirs["stars"]), "mood": dirs["mood"]}
	if _, err := classify.OpenClassifiers(ctx, modelDir, peft, classify.ClassifiersOptions{}); err == nil || !strings.Contains(err.Error(), "the task is unknown") {
		t.Errorf("a head of one row without a task: %v", err)
	}
	topics := []string{"art", "news", "sport"}
	c, err := classify.OpenClassifiers(ctx, modelDir, peft, classify.ClassifiersOptions{Adapters: map[string]classify.AdapterOptions{
		"topics": {Labels: topics, Task: data.MultiLabel}, "stars": {Task: data.Regression},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	names := []string{"topics", "mood", "stars"}
	examples := []data.Example{{Text: taskTexts[0]}, {Text: taskTexts[1]}, {Text: taskTexts[2]}}
	got, err := c.AnswerExamples(ctx, examples, names)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if diff := differs(got[i], aloneAnswers(t, modelDir, dirs[name], classify.Options{}, examples[i:i+1])[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	base := toytest.Model(t)
	setConfig(t, base, "problem_type", bert.MultiLabel)
	stated, err := classify.OpenClassifiers(ctx, base, map[string]string{"topics": peft["topics"], "mood": dirs["mood"]}, classify.ClassifiersOptions{Adapters: map[string]classify.AdapterOptions{"topics": {Labels: topics}}})
	if err != nil {
		t.Fatal(err)
	}
	defer stated.Close()
	answers, err := stated.Classify(ctx, taskTexts[:2], names[:2])
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names[:2] {
		if diff := differs(classify.TaskAnswer{Task: got[i].Task, Answer: answers[i]}, got[i]); diff != "" {
			t.Errorf("%s on a base that states a task: %s", name, diff)
		}
	}
	if p := answers[1].Probabilities; math.Abs(p[0]+p[1]-1) > 1e-9 {
		t.Errorf("one class per text on a base for several: %v", p)
	}
}

// A weighted sum of adapters has their number of classes, is saved with it, and opens alone.
// Adapters with different numbers are refused.
func TestWeightedAdaptersOfLargerHeads(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	labels := []string{"a", "b", "c", "d"}
	dirs := map[string]string{
		"kind":  headedAdapter(t, modelDir, 4, data.SingleLabel, 2, labels...),
		"other": headedAdapter(t, modelDir, 5, data.SingleLabel, 2, labels...),
		"mood":  ofPEFT(t, headedAdapter(t, modelDir, 1, data.SingleLabel, 2, "bad", "good")),
		"peft":  ofPEFT(t, headedAdapter(t, modelDir, 4, data.SingleLabel, 2, labels...)),
	}
	m, err := bert.Open(ctx, modelDir, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := adapters.OpenOutputs(dirs, m.Store, m.DenseModules(), 1, map[string]int{bert.ClassifierModule: 5})
	if err != nil {
		t.Fatal(err)
	}
	if n := set.Outputs(bert.ClassifierModule); n != 5 {
		t.Errorf("the classifier has %d outputs, expected 5", n)
	}
	linear := adapters.Weighted{CombinationType: adapters.CombineLinear}
	if err := set.AddWeightedAdapter("sum", []string{"peft", "mood"}, []float64{0.5, 0.5}, linear); err == nil || !strings.Contains(err.Error(), "different numbers of outputs") {
		t.Errorf("heads of 4 and 2 outputs: %v", err)
	}
	if err := set.AddWeightedAdapter("sum", []string{"kind", "other"}, []float64{1, 0}, linear); err != nil {
		t.Fatal(err)
	}
	saved := t.TempDir()
	if err := set.Save(saved, "sum"); err != nil {
		t.Fatal(err)
	}
	examples := []data.Example{{Text: taskTexts[0]}}
	want := aloneAnswers(t, modelDir, dirs["kind"], classify.Options{}, examples)
	if diff := differs(aloneAnswers(t, modelDir, filepath.Join(saved, "sum"), classify.Options{}, examples)[0], want[0]); diff != "" {
		t.Errorf("the sum with the weights 1 and 0: %s", diff)
	}
}
