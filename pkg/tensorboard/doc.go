// Package tensorboard writes the history of a run as an event file of TensorBoard, without
// TensorFlow.
//
//	folder, err := runfolder.Open("runs", "imdb")
//	if err != nil {
//		return err
//	}
//	path, err := tensorboard.Write(folder, folder.Dir()) // then: tensorboard --logdir runs
//
// finetune.Options.TensorBoard and pretrain.Options.TensorBoard write the events during the
// training.
//
// The tags are those of Hugging Face's Trainer: train/loss, train/learning_rate,
// train/grad_norm and train/epoch, eval/loss, eval/accuracy and the metrics of other tasks, such as
// eval/micro_f1; and train/tokens_per_second.
// The text "experiment" lists the settings of the run. A number that was not measured has no
// event. The times of events are those of the training: a pause between two processes does not
// count.
package tensorboard
