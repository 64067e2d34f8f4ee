package splits

import (
	"fmt"
	"slices"

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

// duplicateWarnings describes the effect of duplicates across splits on an evaluation.
func duplicateWarnings(d *duplicates.Result, r *Examples) (list []string) {
	for _, c := range []struct {
		part, in string
		all      int
		effect   string
	}{
		{"test", "train", len(r.Test), "accuracy on them after training is recall, not generalization"},
		{"test", "validation", len(r.Test), "the test examples influence the choice of the best state"},
		{"validation", "train", len(r.Validation), "the best state is chosen by training examples"},
	} {
		n := d.Count(c.part, c.in)
		if n.Total() == 0 {
			continue
		}
		text := fmt.Sprintf("%d of %d %s examples have a copy among the %s examples (%s; for example %v): %s; Data.DropDuplicates %q leaves copies out of training",
			n.Total(), c.all, c.part, c.in, n.Kinds(), n.Examples[0], c.effect, DropNear)
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
		list = append(list, fmt.Sprintf("%d of %d examples have a copy with another label (for example %v): no model can classify both correctly",
			d.Contradicting, all, d.Contradictions[0]))
	}
	return list
}
