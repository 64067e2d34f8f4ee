package classify_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// A service uses two adapters on one model; each text names its adapter. A third adapter, a
// combination of both, is added during the operation.
func ExampleOpenClassifiers() {
	ctx := context.Background()
	dir, modelDir, _ := toytest.Folders()
	defer os.RemoveAll(dir)
	saved := filepath.Join(dir, "adapters")
	if err := saveTwo(modelDir, saved); err != nil {
		log.Fatal(err)
	}

	dirs, err := adapters.Dirs(saved)
	if err != nil {
		log.Fatal(err)
	}
	delete(dirs, "both")
	c, err := classify.OpenClassifiers(ctx, modelDir, dirs, classify.ClassifiersOptions{
		Options: classify.Options{Labels: []string{"bad", "good"}},
		Spare:   1,
		Like:    []lora.Config{{R: 4}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	answers, err := c.Classify(ctx, []string{"a k b k", "a k b k", "a b c"}, []string{"films", "books", adapters.Base})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(answers), "answers")

	if err := c.Open(ctx, "both", filepath.Join(saved, "both")); err != nil {
		log.Fatal(err)
	}
	names, err := c.Names(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(names)
	_, err = c.Classify(ctx, []string{"a b c"}, []string{"music"})
	fmt.Println(err)
	// Output:
	// 3 answers
	// [books both films]
	// adapters: adapter "music" is not in the set; the set has books, both, films
}

// saveTwo saves two adapters and their combination.
func saveTwo(modelDir, dir string) error {
	m, err := bert.Open(context.Background(), modelDir, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}})
	if err != nil {
		return err
	}
	set, err := adapters.New(m.Store, m.DenseModules(), 3, lora.Config{R: 4})
	if err != nil {
		return err
	}
	for i, name := range []string{"films", "books"} {
		if err := set.Add(name, lora.Config{R: 2, Init: lora.InitRandom}, int64(i)); err != nil {
			return err
		}
	}
	w := adapters.Weighted{CombinationType: adapters.CombineCat}
	if err := set.AddWeightedAdapter("both", []string{"films", "books"}, []float64{0.5, 0.5}, w); err != nil {
		return err
	}
	return set.Save(dir)
}

// One call asks adapters of different tasks: a class for each text, several classes, and a number.
func ExampleClassifiers_AnswerExamples() {
	ctx := context.Background()
	dir, modelDir, _ := toytest.Folders()
	defer os.RemoveAll(dir)
	dirs := map[string]string{}
	for name, head := range map[string]bert.Options{
		"mood":   {Labels: []string{"bad", "good"}},
		"topics": {Labels: []string{"art", "news", "sport"}, ProblemType: bert.MultiLabel},
		"stars":  {Labels: []string{"stars"}, ProblemType: bert.Regression},
	} {
		dirs[name] = filepath.Join(dir, name)
		if err := saveHead(modelDir, dirs[name], head); err != nil {
			log.Fatal(err)
		}
	}

	c, err := classify.OpenClassifiers(ctx, modelDir, dirs, classify.ClassifiersOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	text := data.Example{Text: "a k b k"}
	answers, err := c.AnswerExamples(ctx, []data.Example{text, text, text}, []string{"mood", "topics", "stars"})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range answers { // a regression's number is in a.Number.Value
		fmt.Println(a.Task, len(a.Answer.Probabilities), "probabilities")
	}
	_, err = c.Classify(ctx, []string{"a k b k"}, []string{"stars"})
	fmt.Println(err)
	// Output:
	// single_label_classification 2 probabilities
	// multi_label_classification 3 probabilities
	// regression 0 probabilities
	// Classify does not fit the task of the adapter "stars", regression: use Score
}

// saveHead saves an adapter with a new head.
func saveHead(modelDir, dir string, head bert.Options) error {
	head.Head = bert.Classification
	m, err := bert.Open(context.Background(), modelDir, head)
	if err != nil {
		return err
	}
	a, err := lora.New(lora.Config{R: 2})
	if err != nil {
		return err
	}
	if err := a.Inject(m.Store, m.DenseModules(), 1); err != nil {
		return err
	}
	a.SetProblemType(head.ProblemType)
	if err := a.SetLabels(head.Labels); err != nil {
		return err
	}
	return a.Save(dir)
}
