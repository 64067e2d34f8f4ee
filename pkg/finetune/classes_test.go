package finetune

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// namedToy returns the folder of the toy model whose config.json names the classes, with a
// classifier if trained.
func namedToy(t *testing.T, trained bool, labels ...string) string {
	t.Helper()
	head := bert.NoHead
	if trained {
		head = bert.Classification
	}
	m, err := bert.Open(context.Background(), toytest.Model(t), bert.Options{Head: head, Labels: labels, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	m.Config.Labels = labels
	dir := filepath.Join(t.TempDir(), "named")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

var classTexts = []string{"a b c d e f", "k a k b k c k d", "k", "a", "j i h k g", "k k k k k k"}

// answersOf returns the answers of a classifier to classTexts.
func answersOf(t *testing.T, model, dir string, options classify.Options) []classify.Answer {
	t.Helper()
	options.MaxLength = 20
	c, err := classify.Open(context.Background(), model, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers, err := c.Classify(context.Background(), classTexts)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// sameAnswers fails unless the answers have the same labels, counts of unknown tokens and
// probabilities, those of got in the order of the classes named.
func sameAnswers(t *testing.T, what string, got, want []classify.Answer, order ...int) {
	t.Helper()
	for i := range want {
		same := got[i].Label == want[i].Label && got[i].UnknownTokens == want[i].UnknownTokens
		for k, p := range want[i].Probabilities {
			at := k
			if order != nil {
				at = order[k]
			}
			same = same && math.Abs(got[i].Probabilities[at]-p) < 1e-5
		}
		if !same {
			t.Errorf("%s: text %d: got %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The data have the classes bad and good, the model POSITIVE and NEGATIVE. The trained folder
// answers like the run and by the run's names, in a Classifier, among Classifiers and merged.
func TestClassNamesOfTheRun(t *testing.T) {
	ctx := context.Background()
	for _, method := range []Method{LoRA, HeadOnly, Full} {
		t.Run(method.String(), func(t *testing.T) {
			e := toyOf(t, method)
			e.Model, e.Training.Epochs = namedToy(t, method == LoRA, "POSITIVE", "NEGATIVE"), 1
			dir := filepath.Join(t.TempDir(), "run")
			r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
			if _, err := r.Train(ctx); err != nil {
				t.Fatal(err)
			}
			want := answersOf(t, "", dir, classify.Options{})
			if labels := []string{want[0].Label, want[1].Label}; !slices.Contains(labels, "bad") && !slices.Contains(labels, "good") {
				t.Fatalf("the run answers %q", labels)
			}
			sameAnswers(t, "in another order", answersOf(t, "", dir, classify.Options{Labels: []string{"good", "bad"}}), want, 1, 0)
			if method == Full {
				return
			}
			folder := r.Folder.Path(runfolder.AdapterDir)
			if method == HeadOnly {
				folder = r.Folder.Path(runfolder.HeadDir)
			}
			sameAnswers(t, "the folder", answersOf(t, e.Model, folder, classify.Options{}), want)
			sameAnswers(t, "the folder in another order", answersOf(t, e.Model, folder, classify.Options{Labels: []string{"Good", "Bad"}}), renamed(want, "bad", "Bad", "good", "Good"), 1, 0)
			sameAnswers(t, "the folder by new names", answersOf(t, e.Model, folder, classify.Options{Labels: []string{"no", "yes"}}), renamed(want, "bad", "no", "good", "yes"))
			out := filepath.Join(t.TempDir(), "merged")
			if err := classify.Merge(ctx, e.Model, folder, out, classify.MergeOptions{}); err != nil {
				t.Fatal(err)
			}
			if c, err := bert.ReadConfig(out); err != nil || !slices.Equal(c.Labels, []string{"bad", "good"}) {
				t.Errorf("merged: classes %q (%v)", c.Labels, err)
			}
			refusedClasses(t, e.Model, folder, []string{"good", "better"}, "same names")
			refusedClasses(t, e.Model, folder, []string{"a", "b", "c"}, "3", "2 classes")
			refusedClasses(t, e.Model, folder, []string{"a", "a"}, "different name")
			if method == HeadOnly {
				return
			}
			c, err := classify.OpenClassifiers(ctx, "", map[string]string{"one": folder}, classify.ClassifiersOptions{Options: classify.Options{MaxLength: 20}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, err := c.Classify(ctx, classTexts, slices.Repeat([]string{"one"}, len(classTexts)))
			if err != nil {
				t.Fatal(err)
			}
			sameAnswers(t, "among classifiers", got, want)
			if _, err := c.Classify(ctx, classTexts[:1], []string{adapters.Base}); err == nil || !strings.Contains(err.Error(), `["POSITIVE" "NEGATIVE"]`) {
				t.Errorf("the base, which has other classes, answered: %v", err)
			}
			for text, says := range map[string]string{
				`{"labels": ["bad", "good", "fair"]}`: "has 2 classes, but 3 names",
				`{"labels": ["bad", "fine"]}`:         "",
				`{"labels": ["bad"]}`:                 "at least 2",
				`{"labels": 5}`:                       `expected {"labels"`,
			} {
				if err := os.WriteFile(filepath.Join(folder, lora.LabelsFile), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				if says != "" {
					refusedClasses(t, e.Model, folder, nil, says)
				}
				_, err := classify.Open(ctx, "", dir, classify.Options{})
				if err == nil {
					t.Errorf("%s does not contradict the run", text)
				}
			}
		})
	}
}

func renamed(answers []classify.Answer, pairs ...string) []classify.Answer {
	answers = slices.Clone(answers)
	for i := range answers {
		answers[i].Label = pairs[slices.Index(pairs, answers[i].Label)+1]
	}
	return answers
}

func refusedClasses(t *testing.T, model, dir string, labels []string, says ...string) {
	t.Helper()
	_, err := classify.Open(context.Background(), model, dir, classify.Options{Labels: labels})
	for _, text := range says {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("labels %q: the error does not say %q: %v", labels, text, err)
		}
	}
}

// A PEFT adapter records no classes and has those of its base, in any order the caller names
// them. If the numbers differ, the caller has to name the classes.
func TestClassesFollowTheBase(t *testing.T) {
	model := namedToy(t, true, "good", "bad")
	dirs := toyAdapters(t, model, map[string]lora.Config{"one": {R: 2}})
	want := answersOf(t, model, dirs["one"], classify.Options{})
	sameAnswers(t, "in another order", answersOf(t, model, dirs["one"], classify.Options{Labels: []string{"bad", "good"}}), want, 1, 0)
	refusedClasses(t, namedToy(t, false, "a", "b", "c"), dirs["one"], nil, "has 2 classes", "names 3")
}

// Adapters that record the same classes in different orders answer as each of them alone. An
// adapter with other classes is refused unless the caller names them.
func TestClassifiersOrder(t *testing.T) {
	ctx := context.Background()
	model := namedToy(t, true, "good", "bad")
	dirs := toyAdapters(t, model, map[string]lora.Config{"one": {R: 2}, "two": {R: 2}, "peft": {R: 2}, "other": {R: 2}})
	for name, labels := range map[string][]string{"one": {"bad", "good"}, "two": {"good", "bad"}, "other": {"dull", "fine"}} {
		if err := lora.WriteLabels(dirs[name], labels, ""); err != nil {
			t.Fatal(err)
		}
	}
	other := dirs["other"]
	delete(dirs, "other")
	c, err := classify.OpenClassifiers(ctx, model, dirs, classify.ClassifiersOptions{Options: classify.Options{MaxLength: 20}, Spare: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, dir := range dirs {
		got, err := c.Classify(ctx, classTexts, slices.Repeat([]string{name}, len(classTexts)))
		if err != nil {
			t.Fatal(err)
		}
		sameAnswers(t, name, got, answersOf(t, model, dir, classify.Options{Labels: []string{"bad", "good"}}))
	}
	if err := c.Open(ctx, "other", other); err == nil || !strings.Contains(err.Error(), `["dull" "fine"]`) {
		t.Errorf("an adapter with other classes was opened: %v", err)
	}
	dirs["other"] = other
	if _, err := classify.OpenClassifiers(ctx, model, dirs, classify.ClassifiersOptions{}); err == nil || !strings.Contains(err.Error(), `["dull" "fine"]`) {
		t.Errorf("adapters with other classes were opened: %v", err)
	}
	named, err := classify.OpenClassifiers(ctx, model, dirs, classify.ClassifiersOptions{Options: classify.Options{Labels: []string{"bad", "good"}}})
	if err != nil {
		t.Fatal(err)
	}
	named.Close()
}

// A base that has one of the data's class names at another index is refused with the remedy. A
// newly initialized classifier does not use the base's names.
func TestFreshHeadOfSharedNames(t *testing.T) {
	ctx := context.Background()
	for _, method := range []Method{LoRA, HeadOnly, Full} {
		t.Run(method.String(), func(t *testing.T) {
			e := toyOf(t, method)
			e.Model, e.Training.Epochs = namedToy(t, true, "Good", "ugly"), 1
			_, err := openToy(t, filepath.Join(t.TempDir(), "refused"), e, Options{Backend: testenv.GoBackend(t)}).Baseline(ctx)
			if err == nil || !strings.Contains(err.Error(), `["Good" "ugly"]`) || !strings.Contains(err.Error(), "fresh_head") {
				t.Errorf("without FreshHead: %v", err)
			}
			e.FreshHead = true
			dir := filepath.Join(t.TempDir(), "run")
			r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
			if _, err := r.Train(ctx); err != nil {
				t.Fatal(err)
			}
			want := answersOf(t, "", dir, classify.Options{Labels: []string{"bad", "good"}})
			if method == LoRA {
				sameAnswers(t, "the folder", answersOf(t, e.Model, r.Folder.Path(runfolder.AdapterDir), classify.Options{}), want)
			}
		})
	}
}

// The adapter of a run stores the order of its base's classes in a file. A run folder without
// this file is refused if its classes could be confused, and so is one with a damaged
// training.json, which differs from an unfinished training.
func TestLostLabels(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Model, e.Training.Epochs = namedToy(t, true, "good", "bad"), 1
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	labels := filepath.Join(dir, runfolder.AdapterDir, lora.LabelsFile)
	if err := os.Rename(labels, labels+".lost"); err != nil {
		t.Fatal(err)
	}
	refused := func(err error, says string) {
		t.Helper()
		if damaged := (*runfolder.DamagedError)(nil); !errors.As(err, &damaged) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "not done") {
			t.Errorf("expected a *DamagedError of %s: %v", says, err)
		}
	}
	_, err := classify.Open(ctx, "", dir, classify.Options{})
	refused(err, lora.LabelsFile)
	refused(classify.Merge(ctx, "", dir, filepath.Join(t.TempDir(), "merged"), classify.MergeOptions{}), lora.LabelsFile)
	_, err = Open(dir, e, Options{Backend: testenv.GoBackend(t)})
	refused(err, lora.LabelsFile)
	if err := os.Rename(labels+".lost", labels); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, runfolder.TrainingFile), 100); err != nil {
		t.Fatal(err)
	}
	_, err = classify.Open(ctx, "", dir, classify.Options{})
	refused(err, runfolder.TrainingFile)
}
