// Package classify puts a trained model to work in a program.
//
//	c, err := classify.Open(ctx, "", "runs/imdb", classify.Options{}) // or an adapter's folder, or PEFT's
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	answers, err := c.Classify(ctx, []string{"A film to remember.", "Two hours of nothing."})
//	fmt.Println(answers[0].Label, answers[0].Probability)
//
// [Open] merges one adapter into its model, so that it costs nothing. [OpenClassifiers] holds
// one model and many adapters and answers each text by the adapter that it names. [Merge]
// writes a model of its own, which needs no adapter. [Classifier.Words] returns the
// contribution of each word to a prediction. Classes are known by their names, which the
// adapter's folder records.
package classify
