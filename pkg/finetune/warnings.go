package finetune

import "github.com/lorabook/lorabook/pkg/progress"

// warn shows warnings on Progress, each once per Run.
func (r *Run) warn(warnings []string) {
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	for _, w := range warnings {
		if !r.warned[w] {
			r.warned[w] = true
			r.options.Progress.Note(progress.WarningPrefix + w)
		}
	}
}
