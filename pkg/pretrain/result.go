package pretrain

import (
	"fmt"
	"slices"
	"time"

	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Result is the result of a pre-training.
type Result struct {
	Steps         int     `json:"steps"`           // updates
	Tokens        int     `json:"tokens"`          // read, padding not counted
	Seconds       float64 `json:"seconds"`         // of training and measuring, over all processes
	Texts         int     `json:"texts"`           // learned from
	Parameters    int     `json:"parameters"`      // of encoder and heads
	HeldOut       Masked  `json:"held_out"`        // at the end
	HeldOutBefore Masked  `json:"held_out_before"` // of the model that it started from

	UnknownTokens tokenizers.UnknownTokens `json:"unknown_tokens,omitzero"` // of the texts learned from
	DataWarnings  []string                 `json:"data_warnings,omitempty"` // of the readers of the data, one sentence each
}

// Warnings are about the validity of the result, one sentence each.
func (p *Result) Warnings() []string {
	return slices.Concat(p.DataWarnings, p.UnknownTokens.Warnings("the texts"))
}

// String is a line for a reader, and one for each warning.
func (p *Result) String() string {
	text := fmt.Sprintf("%d steps, %.1f million tokens, %s; masked pieces of %d texts it never read: %.1f %% right (%.1f %% before, %.1f %% by always answering %q), loss %.3f nats",
		p.Steps, float64(p.Tokens)/1e6, (time.Duration(p.Seconds) * time.Second).String(), p.HeldOut.Texts,
		100*p.HeldOut.Accuracy, 100*p.HeldOutBefore.Accuracy, 100*p.HeldOut.CommonestAccuracy, p.HeldOut.Commonest, p.HeldOut.Loss)
	for _, w := range p.Warnings() {
		text += "\n" + progress.WarningPrefix + w
	}
	return text
}
