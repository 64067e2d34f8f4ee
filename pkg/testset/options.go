package testset

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Part names the examples of a data set that are evaluated.
type Part string

// The parts.
const (
	Test       Part = "test"
	Validation Part = "validation"
	Train      Part = "train"
	All        Part = "all" // every labelled example, the training half first
	OfRun      Part = "run" // the test examples of the run Options.TrainedIn, which it drew or held out
)

// Options of [Run].
type Options struct {
	// Part is the part of the data set. Default: OfRun if the data are those of TrainedIn; otherwise Test,
	// Validation for a data set without a test half, and All for one that is not divided. A test half with
	// hidden labels leaves Validation, and without one there is no default.
	Part Part
	// Examples is the number of examples, drawn by the seed and stratified by their answers. Default 0:
	// all examples of the part.
	Examples int
	// Seed is that of the draw and of the bootstrap intervals, default 1.
	Seed int64
	// Classes renames classes of the data set to classes of the model: {"0": "neg", "1": "pos"}.
	Classes map[string]string
	// Model and Data name the model and the data set in the report.
	Model, Data string
	// Against is the folder of another evaluation, or of a run with a report, on the same examples: the
	// report compares with it. Default: no comparison.
	Against string
	// TrainedIn is the run folder of the model's training. If its data are this data set, known by its
	// content, the report counts the examples that the model was trained on. Default: not known.
	TrainedIn string
	// Progress shows the number of examples; default progress.Nop.
	Progress progress.Progress

	partExamples int // smallest number of examples that are stored together; default partExamples
}

// partExamples is the smallest number of examples whose predictions are stored together.
const partExamples = 512

func (o *Options) complete() error {
	if !slices.Contains([]Part{"", Test, Validation, Train, All, OfRun}, o.Part) {
		return fmt.Errorf("testset: Part is %q, expected one of %q", o.Part, []Part{Test, Validation, Train, All, OfRun})
	}
	if o.Examples < 0 {
		return fmt.Errorf("testset: Examples is %d, expected at least 1, or 0 for all", o.Examples)
	}
	settings.Default(&o.Seed, 1)
	settings.Default(&o.partExamples, partExamples)
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	return nil
}
