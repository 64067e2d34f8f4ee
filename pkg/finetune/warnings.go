package finetune

// warningPrefix begins each line in which Progress shows a warning. The command
// "run" finds the warnings of a notebook by the same prefix.
const warningPrefix = "warning: "

// warn shows warnings on Progress, each once in the life of the run.
func (r *Run) warn(warnings []string) {
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	for _, w := range warnings {
		if !r.warned[w] {
			r.warned[w] = true
			r.options.Progress.Note(warningPrefix + w)
		}
	}
}
