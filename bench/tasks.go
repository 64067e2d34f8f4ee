package main

// task is something that both sides do.
type task struct {
	name string
	what string // for the reader
	unit string
}

// tasks are all of them, in the order of the table. Both sides train LoRA of rank 8 on
// query and value of every layer, 16 reviews a step, with dropout.
var tasks = []task{
	{"train", "training, float32: LoRA on all layers", "tokens/s"},
	{"train-bfloat16", "the same in bfloat16", "tokens/s"},
	{"full", "full fine-tuning, float32", "tokens/s"},
	{"evaluate", "evaluation with the merged model, float32", "reviews/s"},
	{"evaluate-bfloat16", "the same in bfloat16", "reviews/s"},
}

func taskNames() []string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.name
	}
	return names
}

// result is one measurement of one side.
type result struct {
	Items     float64 `json:"items"`      // tokens or reviews
	Seconds   float64 `json:"seconds"`    // that they took
	WarmUp    float64 `json:"warm_up"`    // seconds before, from the process's start: imports, compilation, a first pass
	PeakBytes int64   `json:"peak_bytes"` // most memory that was resident
	Versions  string  `json:"versions"`   // of what computed it
}

// value is items a second.
func (r result) value() float64 { return r.Items / r.Seconds }

// pair is a round.
type pair struct {
	Ours result `json:"ours"`
	Peer result `json:"peer"`
}
