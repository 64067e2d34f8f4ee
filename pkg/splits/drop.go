package splits

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// Drop is the kind of duplicates that are left out of the training and validation examples. A
// kind includes the stricter kinds.
type Drop string

// The values of Config.DropDuplicates.
const (
	DropNone    Drop = "none"    // all examples stay; not written to experiment.json
	DropExact   Drop = "exact"   // identical texts: duplicates.Exact
	DropLetters Drop = "letters" // also texts with the same letters and digits: duplicates.Letters
	DropNear    Drop = "near"    // also texts that share most of their sequences of five words: duplicates.Near
)

// IsZero reports whether no examples are dropped; experiment.json then omits the field.
func (d Drop) IsZero() bool { return d == "" || d == DropNone }

// withDefault returns d, or the data source's default.
func (d Drop) withDefault(source string) Drop {
	switch {
	case d != "":
		return d
	case data.IsIMDB(source):
		return DropNear
	}
	return DropNone
}

func (d Drop) validate() error {
	if all := []Drop{DropNone, DropExact, DropLetters, DropNear}; !slices.Contains(all, d) {
		return &settings.FieldError{Field: "data.drop_duplicates", Reason: fmt.Sprintf("is %q, expected one of %q", d, all)}
	}
	return nil
}

// warnContradicting is the smallest share of examples with a contradicting copy, one with another
// label, that causes a warning.
const warnContradicting = 0.01

// measure returns the name of the result of the task that the examples have.
func measure(r *Examples) string {
	switch r.task {
	case data.MultiLabel:
		return "F1"
	case data.Regression:
		return "the error"
	case data.TokenClassification:
		return "entity F1"
	}
	return "accuracy"
}

// contradicting returns what copies with another answer differ in, and its consequence.
func contradicting(r *Examples) string {
	switch r.task {
	case data.MultiLabel:
		return "copy with other classes (for example %v): no model can be right about both"
	case data.Regression:
		return "copy with another value (for example %v): no model can predict both"
	case data.TokenClassification:
		return "copy with other tags (for example %v): no model can tag both correctly"
	}
	return "copy with another label (for example %v): no model can classify both correctly"
}

// duplicateWarnings describes the effect of duplicates across splits on an evaluation.
func duplicateWarnings(d *duplicates.Result, r *Examples) (list []string) {
	for _, c := range []struct {
		part, in string
		all      int
		effect   string
	}{
		{"test", "train", len(r.Test), measure(r) + " on them after training measures what the model remembers, not how it generalizes"},
		{"test", "validation", len(r.Test), "the test examples influence the choice of the best state"},
		{"validation", "train", len(r.Validation), "the best state is chosen by training examples"},
	} {
		n := d.Count(c.part, c.in)
		if n.Total() == 0 {
			continue
		}
		text := fmt.Sprintf("%s of %s %s examples have a copy among the %s examples (%s; for example %v): %s; Data.DropDuplicates %q leaves copies out of training",
			numerals.Count(n.Total()), numerals.Count(c.all), c.part, c.in, n.Kinds(), n.Examples[0], c.effect, DropNear)
		switch {
		case n.Total() == c.all:
			text = "ALL OF THE " + c.part + " EXAMPLES OCCUR AMONG THE " + c.in + " EXAMPLES: " + text
		case 2*n.Total() == c.all:
			text = "HALF OF THE " + c.part + " EXAMPLES OCCUR AMONG THE " + c.in + " EXAMPLES: " + text
		case 2*n.Total() > c.all:
			text = "MOST OF THE " + c.part + " EXAMPLES OCCUR AMONG THE " + c.in + " EXAMPLES: " + text
		}
		list = append(list, text)
	}
	if all := len(r.Train) + len(r.Validation) + len(r.Test); float64(d.Contradicting) >= warnContradicting*float64(all) {
		list = append(list, fmt.Sprintf("%s of %s examples have a "+contradicting(r),
			numerals.Count(d.Contradicting), numerals.Count(all), d.Contradictions[0]))
	}
	return list
}
