package finetune_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A model learns names from the files of a folder, train.conll and test.conll, with a word and its
// tag on each line, and then finds them in a text.
func Example_names() {
	ctx := context.Background()
	run, err := finetune.Open("runs/names", finetune.Experiment{
		Task: data.TokenClassification, Model: "bert-base-cased",
		Data: splits.Config{Source: "ner"},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	report, err := run.Report(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report) // entity F1 before, after, and of the most frequent tag of each word
	tagger, err := classify.Open(ctx, "", "runs/names", classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer tagger.Close()
	tagged, err := tagger.TagTexts(ctx, []string{"Ada Lovelace never went to Bonn."})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range tagged[0].Entities {
		fmt.Println(e.Type, e.Text, e.Start, e.End, e.Probability)
	}
}
