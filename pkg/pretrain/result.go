package pretrain

import (
	"fmt"
	"slices"
	"time"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Result is the result of a pre-training.
type Result struct {
	Steps         int     `json:"steps"`           // number of updates
	Tokens        int     `json:"tokens"`          // processed tokens, padding not counted
	Seconds       float64 `json:"seconds"`         // of training and evaluation, over all processes
	Texts         int     `json:"texts"`           // number of training texts
	Parameters    int     `json:"parameters"`      // number of parameters of encoder and heads
	HeldOut       Masked  `json:"held_out"`        // evaluation at the end
	HeldOutBefore Masked  `json:"held_out_before"` // evaluation of the initial model

	Machines runfolder.Machines `json:"machines,omitempty"` // the engines and machines that trained, in their order; none in results of earlier versions
	Files    map[string]string  `json:"files,omitempty"`    // digests of the files of model/; none in results of earlier versions

	UnknownTokens tokenizers.UnknownTokens `json:"unknown_tokens,omitzero"` // of the training texts
	DataWarnings  []string                 `json:"data_warnings,omitempty"` // of the readers of the data, and about the teacher's tokens of the texts, one sentence each
	DataNotes     []string                 `json:"data_notes,omitempty"`    // what the readers found in the texts, one sentence each: the columns that were taken, what is one text; none in results of earlier versions
}

// machinesWarning says that several machines trained; "" for one.
func machinesWarning(m runfolder.Machines) string { return trainer.MachinesWarning("pre-training", m) }

// Warnings returns the warnings about the validity of the result, one sentence each.
func (p *Result) Warnings() []string {
	warnings := slices.Concat(p.DataWarnings, p.UnknownTokens.Warnings("the texts"))
	if w := machinesWarning(p.Machines); w != "" {
		warnings = append(warnings, w)
	}
	return warnings
}

// String returns one line for people, and one for each note and warning.
func (p *Result) String() string {
	text := fmt.Sprintf("%d steps, %.1f million tokens, %s; masked tokens of %d held-out texts: accuracy %.1f %% (before %.1f %%, always predicting %q %.1f %%), loss %.3f nats",
		p.Steps, float64(p.Tokens)/1e6, (time.Duration(p.Seconds) * time.Second).String(), p.HeldOut.Texts,
		100*p.HeldOut.Accuracy, 100*p.HeldOutBefore.Accuracy, p.HeldOut.MostFrequent, 100*p.HeldOut.MostFrequentAccuracy, p.HeldOut.Loss)
	for _, note := range p.DataNotes {
		text += "\ndata: " + note
	}
	for _, w := range p.Warnings() {
		text += "\n" + progress.WarningPrefix + w
	}
	return text
}
