package pretrain

import (
	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Options of a pre-training do not affect its result, except for the last digits of its numbers, which depend on
// the Backend.
type Options struct {
	Progress progress.Progress // displays the progress; default progress.Nop
	Backend  compute.Backend   // compute engine; default: the best engine of this machine, opened once per process; the Go backend with a bounded pool of workers is refused, since it can deadlock. Another one than that of a stopped pre-training resumes it with a warning

	// OnHistory is called with each new line of the history, and first with the existing lines,
	// by the goroutine of the training, which waits for it.
	OnHistory func(runfolder.HistoryLine)

	// TensorBoard also writes the history to an event file in the run folder, while it grows:
	// `tensorboard --logdir runs` shows the curves of all runs. Default false.
	TensorBoard bool
}

// FieldError names an invalid field of a [Pretraining].
type FieldError = settings.FieldError

// ErrStopped is matched by the error of [Run] if its context ended before the training.
var ErrStopped = trainer.ErrStopped

// ErrDiverged is matched by the error of [Run] if the loss, the gradient, the weights or the held-out loss are
// no longer finite, usually because the learning rate is too high.
var ErrDiverged = trainer.ErrDiverged
