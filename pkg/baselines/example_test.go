package baselines_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/baselines"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// How far do words alone go on the embedded sample of film reviews? A fine-tuned BERT must do
// better than this.
func ExampleBagOfWords() {
	ctx := context.Background()
	set, err := data.Open(ctx, data.Sample)
	if err != nil {
		log.Fatal(err)
	}
	majority, err := baselines.MajorityClass(set.Labels, set.Train, set.Test)
	if err != nil {
		log.Fatal(err)
	}
	words, err := baselines.BagOfWords(ctx, set.Labels, set.Train, set.Test)
	if err != nil {
		log.Fatal(err)
	}
	c, err := metrics.Compare(ctx, majority, words, significance.Bootstrap{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("majority class %.1f %%, bag of words %.1f %%\n", 100*c.AccuracyBefore, 100*c.AccuracyAfter)
	// Output:
	// majority class 50.0 %, bag of words 74.0 %
}
