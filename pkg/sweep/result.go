package sweep

import (
	"fmt"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/table"
)

// Result is the result of a sweep.
type Result struct {
	Method Method  `json:"method"`
	Trials []Trial `json:"trials"` // best first; then those without a result
	// Test compares the default ("before") with the best trial ("after") on the test examples,
	// which were read for this alone. It is nil if the default is the best, or if one of the two
	// has no result; TestReason then says which.
	Test       *evaluation.Comparison `json:"test,omitempty"`
	TestReason string                 `json:"test_reason,omitempty"`
	Compared   int                    `json:"compared"` // trials whose differences from the default were tested
	Seconds    float64                `json:"seconds"`  // of all trainings, also of paused ones
}

// Trial is a trial of a sweep.
type Trial struct {
	Number   int         `json:"number"` // in the plan; 0 is the default
	Key      string      `json:"key"`    // digest of the experiment
	Settings []Setting   `json:"settings,omitempty"`
	State    queue.State `json:"state"`
	Dir      string      `json:"dir,omitempty"` // its run folder, relative to the folder of the sweep

	Result   *queue.Result `json:"result,omitempty"`
	Rungs    []queue.Rung  `json:"rungs,omitempty"`
	Worker   string        `json:"worker,omitempty"`
	Attempts int           `json:"attempts,omitempty"`
	Failures []string      `json:"failures,omitempty"`
	// Abandoned counts the attempts whose worker ended without a word, and Resumed is 1 if the
	// attempt with the result began with a checkpoint.
	Abandoned int `json:"abandoned,omitempty"`
	Resumed   int `json:"resumed,omitempty"`

	// Score is the main metric of the task on the validation examples, with its interval.
	Score *runlist.Score `json:"score,omitempty"`
	// PValue is that of the paired test of the difference from the default on the validation
	// examples, and AdjustedP the same corrected by Holm's method for the number of trials. Nil
	// for the default, and if there is no test; Reason then says why.
	PValue    *float64 `json:"p_value,omitempty"`
	AdjustedP *float64 `json:"adjusted_p,omitempty"`
	Reason    string   `json:"reason,omitempty"`
}

// Best returns the trial with the best value on the validation examples; nil if no trial has a
// result.
func (r *Result) Best() *Trial {
	if len(r.Trials) == 0 || !r.Trials[0].finished() {
		return nil
	}
	return &r.Trials[0]
}

// finished reports whether the trial has a result.
func (t *Trial) finished() bool {
	return t.State == queue.Done && t.Result != nil && t.Result.Diverged == ""
}

// Seconds is the training time of the trial, without attempts that were lost.
func (t *Trial) Seconds() float64 {
	switch {
	case t.Result != nil:
		return t.Result.Seconds
	case len(t.Rungs) > 0:
		return t.Rungs[len(t.Rungs)-1].Seconds
	}
	return 0
}

// Name lists the settings of the trial: "adapter.r=8 training.learning_rate=0.001".
func (t *Trial) Name() string { return settingsText(t.Settings) }

// outcome describes the state in a few words.
func (t *Trial) outcome() string {
	switch {
	case t.State == queue.Done && t.Result != nil && t.Result.Diverged != "":
		return "diverged"
	case t.State == queue.Paused && len(t.Rungs) > 0:
		if n := t.Rungs[len(t.Rungs)-1].Epochs; n != 1 {
			return fmt.Sprintf("ended after %d epochs", n)
		}
		return "ended after 1 epoch"
	}
	return string(t.State)
}

// Table returns the trials as a table, best first.
func (r *Result) Table() *table.Table {
	score := "score"
	if best := r.Best(); best != nil && best.Score != nil {
		score = string(best.Score.Metric) + ", 95 % interval"
		if best.Score.Metric == runlist.Accuracy {
			score += " [%]"
		}
	}
	t := table.New("Trials on the validation examples, best first",
		table.Column{Name: "trial"}, table.Column{Name: "settings"}, table.Column{Name: "state"}, table.Column{Name: "loss", Format: "%.4f"},
		table.Column{Name: score}, table.Column{Name: "p, adjusted", Format: "%.2g"}, table.Column{Name: "time", Unit: "s", Format: "%.0f"})
	for i := range r.Trials {
		x := &r.Trials[i]
		var loss, adjusted, seconds any
		switch {
		case x.finished():
			loss, seconds = x.Result.Loss, x.Result.Seconds
		case len(x.Rungs) > 0:
			loss = x.Rungs[len(x.Rungs)-1].Loss
		}
		if x.AdjustedP != nil {
			adjusted = *x.AdjustedP
		}
		t.Add(x.Number, x.Name(), x.outcome(), loss, x.Score.Cell(), adjusted, seconds)
	}
	return t
}

// String returns the table and what it says about the best trial.
func (r *Result) String() string {
	return strings.Join(append([]string{r.Table().Text()}, r.Summary()...), "\n")
}

// Summary says what the sweep has found, how far its numbers can be trusted, and what was left out.
func (r *Result) Summary() []string {
	best := r.Best()
	if best == nil {
		return append([]string{"No trial has a result."}, r.problems()...)
	}
	finished := 0
	for i := range r.Trials {
		if r.Trials[i].finished() {
			finished++
		}
	}
	lines := []string{fmt.Sprintf("The best of %s finished trials is trial %d (%s), validation loss %.4f; run folder %s. All trainings took %v.",
		numerals.Count(finished), best.Number, best.Name(), best.Result.Loss, best.Dir, (time.Duration(r.Seconds * float64(time.Second))).Round(time.Second))}
	lines = append(lines, fmt.Sprintf("It was selected by its numbers on the validation examples, which also selected its best step: as the best of %d they are optimistic, and its interval above does not account for the selection. The p-values test the difference of each trial from the default on these examples; they are corrected for the number of comparisons, %d (Holm), and not for the selection of steps.", finished, r.Compared))
	if r.Test != nil {
		lines = append(lines, "The test examples were looked at once, for the default (before) and this trial (after): these numbers are not optimistic, unless the sweep is repeated to improve them.", r.Test.String())
	} else {
		lines = append(lines, "There is no comparison on the test examples: "+r.TestReason+".")
	}
	return append(lines, r.problems()...)
}

// problems lists what a reader must know about single trials.
func (r *Result) problems() []string {
	var lines []string
	var parked failures
	for i := range r.Trials {
		switch t := &r.Trials[i]; {
		case t.State == queue.Parked:
			lines = append(lines, fmt.Sprintf("Trial %d (%s) is parked after %d failures: %s", t.Number, t.Name(), len(t.Failures), parked.tell(t.Number, firstLine(t.Failures[len(t.Failures)-1]))))
		case t.Reason != "":
			lines = append(lines, fmt.Sprintf("Trial %d (%s): %s", t.Number, t.Name(), t.Reason))
		}
	}
	return lines
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
