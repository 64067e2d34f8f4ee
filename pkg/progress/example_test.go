package progress_test

import (
	"os"
	"time"

	"github.com/lorabook/lorabook/pkg/progress"
)

// In a log file a task is told of when it begins, now and then, and when it
// ends. New chooses between this and a bar.
func ExampleNewLog() {
	display := progress.NewLog(os.Stdout, time.Minute)
	task := display.Begin("training", 2, 0)
	for step := 1; step <= 2; step++ {
		task.Update(progress.Status{Done: step, Loss: 0.7 / float64(step), TokensPerSecond: 2345})
	}
	display.Note("the best so far")
	task.End()
	// Output:
	// training: 0/2 begun
	// the best so far
	// training: 2/2 ended after 0:00, loss 0.3500, 2,345 tokens/s
}
