// Package classify classifies texts with a trained model.
//
//	c, err := classify.Open(ctx, "", "runs/imdb", classify.Options{}) // or an adapter's folder, or PEFT's
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	answers, err := c.Classify(ctx, []string{"A film to remember.", "Two hours of nothing."})
//	fmt.Println(answers[0].Label, answers[0].Probability)
//
// [Open] merges one adapter into its model, so that it adds no cost. [OpenClassifiers] opens one
// model with many adapters, each with its own task; each text names its adapter. [Merge] writes a
// merged model, which needs no adapter. [Classifier.Words] returns the contribution of each word to
// a prediction. [Classifier.ClassifyExamples] and [Classifier.WordsOfPair] take pairs of texts.
// Classes are known by their names, which the adapter's folder records; so is the way in which the
// training read its texts (package encoding).
package classify
