package pretrain

import (
	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Options of a pre-training, which do not change what it computes.
type Options struct {
	Progress progress.Progress // shows how far the work has come; default progress.Nop
	Backend  compute.Backend   // default the best engine of this machine, opened once a process; the Go backend with a bounded pool of workers is refused, for it can wait for ever

	// OnHistory gets each line of the history as it is written, and first those that the
	// folder already holds.
	OnHistory func(runfolder.HistoryLine)
}

// FieldError names a field of a [Pretraining] that cannot be used.
type FieldError = settings.FieldError

// ErrStopped is matched by the error of [Run] where its context ended first.
var ErrStopped = trainer.ErrStopped
