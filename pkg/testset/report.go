package testset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Report is the content of evaluation.json: the metrics of a model on examples of a data set.
type Report struct {
	evaluation.Evaluation
	Model         string                   `json:"model,omitempty"` // Options.Model
	Data          string                   `json:"data,omitempty"`  // Options.Data
	Part          Part                     `json:"part"`
	Task          data.Task                `json:"task"`
	Seen          *Seen                    `json:"seen_in_training,omitempty"` // nil if it is not known
	Length        encoding.Cut             `json:"length"`
	UnknownTokens tokenizers.UnknownTokens `json:"unknown_tokens"`
	Notes         []string                 `json:"notes,omitempty"` // what was found in the data
	Warnings      []string                 `json:"warnings,omitempty"`

	// Comparison compares Options.Against (before) with this evaluation (after). evaluation.json does not
	// contain it.
	Comparison *evaluation.Comparison `json:"comparison,omitempty"`
}

// String describes the metrics, and what the model read, in a few lines. It leaves out the warnings, which
// Progress has shown.
func (r *Report) String() string {
	lines := []string{r.Evaluation.String()}
	for _, note := range r.Notes {
		lines = append(lines, "data      "+note)
	}
	if u := r.UnknownTokens; u.Tokens > 0 {
		lines = append(lines, fmt.Sprintf("[UNK]     %s of %s tokens", numerals.Count(u.Unknown), numerals.Count(u.Tokens)))
	}
	lines = append(lines, "length    "+r.Length.String())
	if r.Comparison != nil {
		lines = append(lines, "", r.Comparison.String())
	}
	return strings.Join(lines, "\n")
}

// warn shows the warnings.
func (r *Report) warn(p progress.Progress) {
	for _, warning := range r.Warnings {
		p.Note(progress.WarningPrefix + warning)
	}
}

// warnings returns the warnings of the model, of the data and about the examples.
func warnings(c *classify.Classifier, set *data.Dataset, examples []data.Example, u tokenizers.UnknownTokens, seen *Seen) []string {
	list := slices.Concat(c.Warnings, set.Warnings)
	if c.Task() == data.SingleLabel {
		classes := c.Model().Config.Labels
		occurs := occurring(examples, c.Task(), len(classes))
		var absent []string
		for i, name := range classes {
			if !occurs[i] {
				absent = append(absent, name)
			}
		}
		if len(absent) > 0 {
			list = append(list, fmt.Sprintf("no example has the classes %q of the model: macro averages count their F1 as 0, and their ROC curves are undefined", absent))
		}
	}
	if warning := seen.warning(len(examples)); warning != "" {
		list = append(list, warning)
	}
	return append(list, u.Warnings("the examples")...)
}
