package classify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// readRecord reads how the training of the weights in dir read its examples, and its calibration.
func (t tuned) readRecord(dir string) (err error) {
	if t.fitted != nil {
		t.fitted.dir = dir
		if t.fitted.Calibration, err = ReadCalibration(dir); err != nil {
			return err
		}
	}
	if t.record != nil {
		*t.record, err = encoding.ReadRecord(dir)
	}
	return err
}

// encoding completes the options with the record of the trained weights, and returns the encoding
// of texts. The caller's options have precedence.
func (o *Options) encoding(recorded encoding.Record, m *bert.Model) encoding.Record {
	settings.Default(&o.Truncation, recorded.Truncation)
	if recorded.MaxLength > 0 {
		settings.Default(&o.MaxLength, recorded.MaxLength)
	}
	settings.Default(&o.MaxLength, m.Config.MaxPositionEmbeddings)
	return encoding.Record{Pairs: recorded.Pairs, Truncation: o.Truncation}
}

// PairsError reports single texts for a model that was trained on pairs of texts.
type PairsError struct {
	Adapter string // name of the adapter in [Classifiers]; "" for a Classifier
}

func (e *PairsError) Error() string {
	of := "the model"
	if e.Adapter != "" {
		of = fmt.Sprintf("the adapter %q", e.Adapter)
	}
	return of + " was trained on pairs of texts, expected two texts: use ClassifyExamples with Text and TextPair, or WordsOfPair"
}

// adapterEncodings are the encodings of the trainings of several adapters.
type adapterEncodings struct {
	common encoding.Record // truncation of all
	given  bool            // the caller chose the truncation
	from   string          // an adapter with the common truncation; "" for none
	pairs  map[string]bool // adapters that were trained on pairs
}

// readEncodings reads the records of the adapters' folders, which must have the same truncation
// unless the caller chose one.
func readEncodings(dirs map[string]string, options Options) (*adapterEncodings, error) {
	e := &adapterEncodings{given: options.Truncation != "", pairs: map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		if err := e.add(name, dirs[name]); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// add reads the record of one adapter. An error leaves e unchanged.
func (e *adapterEncodings) add(name, dir string) error {
	r, err := encoding.ReadRecord(dir)
	if err != nil {
		return fmt.Errorf("adapter %q: %w", name, err)
	}
	pairs := r.Pairs
	r.Pairs = false
	switch {
	case e.given:
	case e.from == "":
		e.common, e.from = r, name
	case r != e.common:
		return fmt.Errorf("adapter %q was trained with %s, and %q with %s: choose one for all, in %s", name, describe(r), e.from, describe(e.common), truncationOption)
	}
	e.pairs[name] = pairs
	return nil
}

// truncationOption names Options.Truncation in errors.
const truncationOption = "classify.Options.Truncation and MaxLength"

func describe(r encoding.Record) string {
	if r.MaxLength == 0 {
		return fmt.Sprintf("truncation %q", r.Truncation.String())
	}
	return fmt.Sprintf("truncation %q of %d tokens", r.Truncation.String(), r.MaxLength)
}

// check refuses single texts for adapters that were trained on pairs.
func (e *adapterEncodings) check(names []string) error {
	for _, name := range names {
		if name != adapters.Base && e.pairs[name] {
			return &PairsError{name}
		}
	}
	return nil
}

// emptyText is the reason of a [TextError] for an empty text.
const emptyText = "the text is empty"

// cleaned returns the examples' texts after data.Clean, with their indices as IDs. A text that is empty
// then is a *TextError; a second text may be.
func cleaned(examples []data.Example) ([]data.Example, error) {
	out := make([]data.Example, len(examples))
	for i, e := range examples {
		out[i] = data.Example{ID: strconv.Itoa(i), Text: data.Clean(e.Text), TextPair: data.Clean(e.TextPair)}
		if out[i].Text == "" {
			return nil, &TextError{Index: i, Reason: emptyText}
		}
	}
	return out, nil
}

// examplesOf returns examples with the texts.
func examplesOf(texts []string) []data.Example {
	examples := make([]data.Example, len(texts))
	for i, text := range texts {
		examples[i] = data.Example{Text: text}
	}
	return examples
}
