// Package pretrain trains a BERT as a masked language model on unlabelled texts: a new one
// from bert.New, or an existing one for domain adaptation, with or without distillation from
// a [Teacher].
//
//	result, err := pretrain.Run(ctx, "runs/domain", pretrain.Pretraining{
//		Model: "bert-base-cased", Texts: []string{"texts.jsonl"},
//		Stages: []pretrain.Stage{{Steps: 1000, Rows: 32, Length: 128}},
//	}, pretrain.Options{Progress: progress.New(os.Stderr)})
//
// The run folder contains the resulting model in model/, which can be the Model of a
// finetune.Experiment, and pretrained.json with the loss and the accuracy on held-out texts
// before and after. [Run] resumes a stopped pre-training exactly, and returns the result of a
// finished one from the folder.
package pretrain
