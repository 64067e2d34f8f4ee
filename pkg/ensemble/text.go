package ensemble

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/significance"
)

// String describes the ensemble and its difference from each model, in a few lines.
func (e *Ensemble) String() string {
	lines := []string{fmt.Sprintf("ensemble  of %d models", len(e.Models)), e.Evaluation.String(), "",
		"the models, and the ensemble minus each model (p by Holm's method):"}
	for _, m := range e.Models {
		lines = append(lines, fmt.Sprintf("%s: %s; %s", m.Dir, m.Evaluation.Main(), m.difference()))
	}
	for _, note := range e.Notes {
		lines = append(lines, progress.WarningPrefix+note)
	}
	return strings.Join(lines, "\n")
}

// difference describes the difference between the ensemble and the model.
func (m Model) difference() string {
	if m.Difference == nil {
		return "the difference is not defined"
	}
	text := "difference " + significance.Estimate{Value: m.Difference, Interval: m.Interval}.Signed()
	if m.PValue != nil {
		text += ", " + numerals.PValue(*m.PValue)
	}
	return text
}
