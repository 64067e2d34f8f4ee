package sweep

import (
	"strings"

	"github.com/lorabook/lorabook/pkg/progress"
)

// quiet shows what several workers in a terminal have to say: warnings, and their notes about
// themselves. The coordinator shows the trials.
type quiet struct{ progress.Progress }

// Begin shows nothing.
func (quiet) Begin(string, int, int) progress.Task { return progress.Nop.Begin("", 0, 0) }

// Note shows warnings and the lines of workers.
func (q quiet) Note(line string) {
	if strings.HasPrefix(line, progress.WarningPrefix) || strings.HasPrefix(line, "worker ") {
		q.Progress.Note(line)
	}
}
