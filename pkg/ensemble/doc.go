// Package ensemble evaluates the mean of the answers of several trained models, such as those of one experiment
// with several seeds, from the predictions that their run folders contain. No model is opened.
//
//	e, err := ensemble.Evaluate(ctx, []string{"runs/imdb-1", "runs/imdb-2", "runs/imdb-3"}, ensemble.Options{Seed: 1})
//	fmt.Println(e) // the metrics of the ensemble, and its differences from each model
//
// A model is a run with its report, or an evaluation of pkg/testset. All must be for the same examples. The
// probability of a class is the mean of the models' probabilities, without their temperatures (Lakshminarayanan et
// al. 2017), and the answer to a regression the mean of their answers.
package ensemble
