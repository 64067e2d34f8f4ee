// Package study compares variants of one experiment, such as LoRA with different ranks and full
// fine-tuning. Each variant is trained with a learning rate of its own and with several seeds,
// on the same examples.
//
//	s := study.Study{Dir: "runs/ranks", Base: experiment}
//	small, err := s.Run(ctx, study.Variant{Name: "r 2", Adapter: lora.Config{R: 2, Alpha: 4}})
//	large, err := s.Run(ctx, study.Variant{Name: "r 16", Adapter: lora.Config{R: 16, Alpha: 32}})
//	differences, err := study.Compare(small, large)
//
// [Study.Tune] finds the learning rate by the validation loss; the test examples play no part.
// [Compare] compares the means of the task's metric on the test examples: accuracy, micro F1, mean
// absolute error or entity F1 (see [metrics.Repeated]). It corrects the p-values for the number of
// comparisons (see [significance.Holm]).
//
// Each training has a run folder, and finished trainings are not repeated.
package study
