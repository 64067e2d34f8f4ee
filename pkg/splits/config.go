package splits

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// Config selects the examples of an experiment.
type Config struct {
	Source     string `json:"source"`     // source for data.Open: "imdb", an archive, a folder, JSONL, CSV or Parquet; default "sample"
	Train      int    `json:"train"`      // training examples, stratified by their answers; default 1800, of "sample" 360, or all that is left; -1 means all except the validation examples
	Validation int    `json:"validation"` // of the source's validation half, else held out of the training half, for the selection of the best state; default 200, of "sample" 40, or what fits; -1 means the whole validation half
	Test       int    `json:"test"`       // examples of the test half, for the evaluations before and after; default 1000, of "sample" 200, or all that there are; -1 means all
	MaxLength  int    `json:"max_length"` // tokens, special tokens included, of both texts of a pair; Truncation says what is read of longer ones; default 256

	// Truncation decides what the model reads of an example with more than MaxLength tokens:
	// encoding.Head, Tail, HeadTail or Windows, in the training and in every evaluation. The
	// trained weights' folder records it. Default encoding.Head.
	Truncation encoding.Truncation `json:"truncation,omitzero"`

	// TestShare is the share of the examples that are held out as the test half of a source
	// without one, stratified by their answers; near duplicates of a text stay on its side.
	// Where it is not set, a validation half serves as the test half. A source with a test half
	// refuses it.
	// Default 0: DefaultTestShare, whose value is a synonym.
	TestShare float64 `json:"test_share,omitempty"`

	// Columns names the columns of a table; default: they are found by their names.
	Columns data.Columns `json:"columns,omitzero"`
	// BadRows states the treatment of records that cannot be used; default data.FailBadRows.
	BadRows data.BadRows `json:"bad_rows,omitempty"`
	// Delimiter, Header, Quotes, Encoding and LabelSeparator are those of data.Opener; default:
	// they are found.
	Delimiter      string      `json:"delimiter,omitempty"`
	Header         data.Header `json:"header,omitempty"`
	Quotes         data.Quotes `json:"quotes,omitempty"`
	Encoding       string      `json:"encoding,omitempty"`
	LabelSeparator string      `json:"label_separator,omitempty"`

	// DropDuplicates leaves duplicates of this kind out of the training and validation
	// examples; others are sampled in their place. The default is DropNear for IMDB, since its halves
	// share examples, otherwise DropNone. A run folder with an experiment.json without the field
	// has DropNone, which remains the default for it.
	DropDuplicates Drop `json:"drop_duplicates,omitzero"`

	// Seed selects the subsets and their order instead of Experiment.Seed, so that trainings with
	// different seeds have the same examples. Default 0: Experiment.Seed, whose value is a synonym.
	Seed int64 `json:"seed,omitempty"`

	defaults sizes
	draw     sampling.Draw // of the run folder; "" for the task's stratified draw
}

// WithDefaults writes every default out. seed is the experiment's.
func (d Config) WithDefaults(seed int64) Config {
	if d.Seed == seed {
		d.Seed = 0
	}
	settings.Default(&d.Source, data.Sample)
	d = d.withDefaultSizes()
	if d.TestShare == DefaultTestShare {
		d.TestShare = 0 // as experiments of earlier versions have it
	}
	if d.BadRows == data.FailBadRows {
		d.BadRows = ""
	}
	settings.Default(&d.MaxLength, 256)
	settings.Default(&d.Truncation, encoding.Head)
	d.DropDuplicates = d.DropDuplicates.withDefault(d.Source)
	return d
}

// Validate returns a *settings.FieldError for the first invalid field of a selection whose
// defaults are written out.
func (d Config) Validate() error {
	for _, f := range []struct {
		name     string
		value    int
		min      int
		minusOne bool
	}{
		{"data.train", d.Train, 2, true}, {"data.validation", d.Validation, 2, true}, {"data.test", d.Test, 2, true},
		{"data.max_length", d.MaxLength, 3, false},
	} {
		if f.value < f.min && !(f.minusOne && f.value == -1) {
			return &settings.FieldError{Field: f.name, Reason: fmt.Sprintf("is %d, expected at least %d", f.value, f.min)}
		}
	}
	if err := d.Truncation.Validate(); err != nil {
		return &settings.FieldError{Field: "data.truncation", Reason: err.Error()}
	}
	return d.validateDraw()
}

// validateDraw checks the settings that the draw of examples needs.
func (d Config) validateDraw() error {
	if err := d.DropDuplicates.validate(); err != nil {
		return err
	}
	return d.validateShare()
}
