package testset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Report is the content of evaluation.json: the metrics of a model on examples of a data set.
type Report struct {
	evaluation.Evaluation
	Model         string                   `json:"model,omitempty"` // Options.Model
	Data          string                   `json:"data,omitempty"`  // Options.Data
	Part          Part                     `json:"part"`
	Classes       map[string]string        `json:"renamed_classes,omitempty"` // Options.Classes
	Task          data.Task                `json:"task"`
	Seen          *Seen                    `json:"seen_in_training,omitempty"` // nil if it is not known
	Length        encoding.Cut             `json:"length"`
	UnknownTokens tokenizers.UnknownTokens `json:"unknown_tokens"`
	Machines      runfolder.Machines       `json:"machines,omitempty"` // that computed the predictions; none in reports of earlier versions
	Notes         []string                 `json:"notes,omitempty"`    // what was found in the data
	Warnings      []string                 `json:"warnings,omitempty"`

	// Comparison compares Against, the folder Options.Against (before), with this evaluation (after).
	// evaluation.json does not contain them.
	Against    string                 `json:"against,omitempty"`
	Comparison *evaluation.Comparison `json:"comparison,omitempty"`
}

// String describes the examples, the metrics, and what the model read, in a few lines. It leaves out the
// warnings, which Progress has shown.
func (r *Report) String() string {
	lines := []string{fmt.Sprintf("%s, part %s: %s examples, at most %d tokens each, by %s", r.Data, r.Part, numerals.Count(r.Length.Examples), r.Length.MaxLength, r.Model), r.Evaluation.String()}
	for _, name := range slices.Sorted(maps.Keys(r.Classes)) {
		lines = append(lines, fmt.Sprintf("class     %s of the data is %s", name, r.Classes[name]))
	}
	for _, note := range r.Notes {
		lines = append(lines, "data      "+note)
	}
	if u := r.UnknownTokens; u.Tokens > 0 {
		lines = append(lines, fmt.Sprintf("[UNK]     %s of %s tokens", numerals.Count(u.Unknown), numerals.Count(u.Tokens)))
	}
	lines = append(lines, "length    "+r.Length.String())
	if r.Comparison != nil {
		lines = append(lines, "", fmt.Sprintf("compared with %s (before; this evaluation is after):", r.Against), r.Comparison.String())
	}
	return strings.Join(lines, "\n")
}

// belowChance returns a warning if renamed classes give an accuracy below that of a guess; "" otherwise.
func (r *Report) belowChance() string {
	if m := r.Metrics; m != nil && len(r.Classes) > 0 && m.AccuracyInterval.High < 1/float64(len(m.Classes)) {
		return fmt.Sprintf("the accuracy is below that of a guess: see whether the renamed classes %v have the meaning of the model's", r.Classes)
	}
	return ""
}

// warn shows the warnings.
func (r *Report) warn(p progress.Progress) {
	for _, warning := range r.Warnings {
		p.Note(progress.WarningPrefix + warning)
	}
}

// warnings returns the warnings of the model, of the data and about the examples.
func warnings(c *classify.Classifier, set *data.Dataset, examples []data.Example, r *Report) []string {
	list := slices.Concat(c.Warnings, set.Warnings)
	list = append(list, undefined(c.Task(), c.Model().Config.Labels, examples)...)
	if encoding.HasPairs(examples) && !c.Pairs() {
		list = append(list, "the examples are pairs of texts, but the model's folder does not say that it was trained on pairs: for single texts name no second column (data.NoColumn as data.Columns.TextPair, --pair-column -)")
	}
	if warning := r.Seen.warning(len(examples)); warning != "" {
		list = append(list, warning)
	}
	return append(list, r.UnknownTokens.Warnings("the examples")...)
}
