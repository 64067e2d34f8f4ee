// Package trainer is the one training loop of fine-tuning, masked-language-model
// pre-training and distillation. The objective, the batches, the evaluation and the position
// to resume from are its parameters. It does not depend on the model.
//
//	at := trainer.Position{}
//	err := trainer.ReadPosition(folder, &at)          // where an earlier process stopped
//	t, err := trainer.New(trainer.Config{
//		Name: "training", Backend: backend, Store: m.Store,
//		Objective: objective,                         // the loss of a batch, on the graph
//		Optimizer: optimizer,                         // AdamW, its schedule and groups
//		Batches:   batches,                           // of each step
//		Evaluate:  trainer.Evaluation{Due: due, Measure: measure, Keep: keep},
//		Position:  &at, State: &at,
//		Folder: folder, Progress: progress.Nop,
//	})
//	defer t.Close()
//	err = t.Run(ctx)                                  // ErrStopped if ctx ends: run it again to resume
//
// A resumed training has the same result as an uninterrupted one, to the bit: the checkpoint
// contains the trainable variables, the optimizer's moments, the random state and the position
// in one file, and the batches depend on the step alone.
//
// Learning-rate schedules are in pkg/schedule.
package trainer
