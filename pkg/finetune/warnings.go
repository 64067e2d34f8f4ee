package finetune

import "github.com/lorabook/lorabook/pkg/progress"

// warn shows warnings on Progress, each once per Run.
func (r *Run) warn(warnings []string) {
	for _, w := range warnings {
		r.tell(progress.WarningPrefix + w)
	}
}

// tell shows notes on Progress, each once per Run.
func (r *Run) tell(notes ...string) {
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	for _, n := range notes {
		if !r.warned[n] {
			r.warned[n] = true
			r.options.Progress.Note(n)
		}
	}
}
