// Package testset evaluates a trained model on the labelled examples of any data set: the test half of
// its own data with other settings, or the data of others.
//
//	c, err := classify.Open(ctx, "", "runs/imdb", classify.Options{MaxLength: 384})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	set, err := data.Opener{Evaluation: true, Task: c.Task()}.Open(ctx, "reviews.csv")
//	if err != nil {
//		return err
//	}
//	report, err := testset.Run(ctx, "runs/imdb-reviews", c, set, testset.Options{})
//	fmt.Println(report) // metrics with intervals
//
// Classes are matched by name. With data.Opener.Evaluation the data need neither a training half nor more
// than one class. The result's folder contains the metrics and the predictions; an
// evaluation that was stopped continues. Options.Against compares with another evaluation, or with the
// report of a run, on the same examples.
package testset
