package splits

import (
	"cmp"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// Record is the content of splits.json in a run folder: the examples of each split.
type Record struct {
	Seed       int64         `json:"seed"`               // of the draw
	Draw       sampling.Draw `json:"draw,omitempty"`     // the kind of draw: Examples.Draw; "" in files of earlier versions, see EarlierDraw
	Notes      []string      `json:"notes,omitempty"`    // how the data were divided: Examples.Notes
	Defaults   []string      `json:"defaults,omitempty"` // the sizes that are defaults, which shrink to what there is: "train", "validation", "test"
	Test       Split         `json:"test"`
	Validation Split         `json:"validation"`
	Train      Split         `json:"train"`
}

// Split describes the examples of a split.
type Split struct {
	Examples int    `json:"examples"`
	Digest   string `json:"digest"` // SHA-256 of their texts, answers and ids, in their order
	// IDs are the ids of the examples in their order: the field id of the source, or else half
	// and line. None for more than 100,000 examples.
	IDs []string `json:"ids,omitempty"`
}

// maxSplitIDs is the number of examples of which splits.json has the ids.
const maxSplitIDs = 100_000

func newSplit(examples []data.Example) Split {
	s := Split{Examples: len(examples), Digest: inputs.ExamplesDigest(examples)}
	if len(examples) <= maxSplitIDs {
		for _, e := range examples {
			s.IDs = append(s.IDs, e.ID)
		}
	}
	return s
}

// Record describes the examples of a selection. seed is the experiment's.
func (d Config) Record(examples *Examples, seed int64) Record {
	return Record{
		Seed: cmp.Or(d.Seed, seed), Draw: examples.Draw, Notes: examples.Notes, Defaults: d.defaultSizes(),
		Test: newSplit(examples.Test), Validation: newSplit(examples.Validation), Train: newSplit(examples.Train),
	}
}
