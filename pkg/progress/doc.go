// Package progress shows how far long work has come: a bar in a terminal or a notebook,
// lines in a log file.
//
//	task := progress.New(os.Stderr).Begin("training", steps, 0)
//	defer task.End()
//	for step := range steps {
//		task.Update(progress.Status{Done: step + 1, Loss: loss})
//	}
package progress
