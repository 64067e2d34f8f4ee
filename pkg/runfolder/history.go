package runfolder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// LineKind is the kind of a history line.
type LineKind string

const (
	TrainLine LineKind = "train" // the steps since the previous line of this kind
	EvalLine  LineKind = "eval"  // an evaluation on examples that are not trained on
)

// HistoryLine is one line of history.jsonl. Numbers that were not computed are 0, and omitted in
// the file.
type HistoryLine struct {
	Kind            LineKind `json:"kind"`
	Step            int      `json:"step"`                        // number of optimizer steps; 0 before the first
	Epoch           float64  `json:"epoch"`                       // number of passes over the training examples
	Loss            float64  `json:"loss"`                        // mean; in nats, of a regression the squared error
	Accuracy        float64  `json:"accuracy,omitempty"`          // of an evaluation, 0 to 1: of a task with one class per example, or of the masked tokens of a pre-training
	LearningRate    float64  `json:"learning_rate,omitempty"`     // of the last step
	GradNorm        float64  `json:"grad_norm,omitempty"`         // global norm before clipping
	TokensPerSecond float64  `json:"tokens_per_second,omitempty"` // padding not counted
	Elapsed         float64  `json:"elapsed_seconds"`             // of training, over all processes that worked on the run

	// Metrics are the numbers of an evaluation of another task by name: "micro_f1" and "macro_f1"
	// of several labels, "pearson", "spearman" and "mae" of a regression, "f1" of all entities and
	// "macro_f1" of the tags of words. A number that is undefined is missing.
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

// check refuses invalid lines and values that JSON cannot represent.
func (l HistoryLine) check() error {
	if l.Kind != TrainLine && l.Kind != EvalLine {
		return fmt.Errorf("kind is %q, expected %q or %q", l.Kind, TrainLine, EvalLine)
	}
	if l.Step < 0 {
		return fmt.Errorf("step is %d, expected at least 0", l.Step)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"epoch", l.Epoch}, {"loss", l.Loss}, {"accuracy", l.Accuracy}, {"learning_rate", l.LearningRate},
		{"grad_norm", l.GradNorm}, {"tokens_per_second", l.TokensPerSecond}, {"elapsed_seconds", l.Elapsed},
	} {
		if math.IsNaN(f.value) || math.IsInf(f.value, 0) {
			return fmt.Errorf("%s is %v, expected a finite number", f.name, f.value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.Metrics)) {
		if value := l.Metrics[name]; math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("metrics.%s is %v, expected a finite number", name, value)
		}
	}
	return nil
}

// parseHistory reads the lines of a history. whole is the length of the complete lines in
// bytes. The text after the last line feed is ignored: its writer was killed or is writing it
// now. Lines must be in the order of their steps. badLine is the number of the line that causes
// the error, counted from 1.
func parseHistory(content []byte) (lines []HistoryLine, whole int, badLine int, err error) {
	for number := 1; ; number++ {
		text, _, found := bytes.Cut(content[whole:], []byte("\n"))
		if !found {
			return lines, whole, 0, nil
		}
		var line HistoryLine
		if err := json.Unmarshal(text, &line); err != nil {
			return nil, 0, number, fmt.Errorf("not a line of a history: %w", err)
		}
		if _, err := withoutChecksum(text); err != nil {
			return nil, 0, number, err
		}
		if err := line.check(); err != nil {
			return nil, 0, number, err
		}
		if n := len(lines); n > 0 && line.Step < lines[n-1].Step {
			return nil, 0, number, fmt.Errorf("step %d after step %d", line.Step, lines[n-1].Step)
		}
		lines = append(lines, line)
		whole += len(text) + 1
	}
}
