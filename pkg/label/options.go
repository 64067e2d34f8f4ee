package label

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Options of Run.
type Options struct {
	// Inputs are the sources of the texts, in their order, each a spec of data.Opener: a file, a
	// pattern, a folder, a data set of the hub. All records are read, whatever their split.
	Inputs []string
	// Output is the new file: .jsonl, or .csv for tasks with one line for each text.
	Output string
	// Opener has the options of the files: columns, dialect, encoding. Raw and Task are set by Run.
	Opener data.Opener
	// SkipBad writes a line with the error for a record that cannot be used, such as one with a blank
	// text. Default false: such a record is an error.
	SkipBad bool
	// Lines decides what a line contains.
	Lines Lines
	// ShardTexts is the number of texts of a shard, default 256. A shard ends earlier where its texts
	// exceed 4 MiB.
	ShardTexts int
	// Source is the name of the model in the report.
	Source string
	// Pool labels the shards; default: this process.
	Pool Pool
	// Progress shows the number of texts, and notes with the numbers so far; default progress.Nop.
	Progress progress.Progress
}

// Lines are the options of the lines of the output.
type Lines struct {
	Format        Format `json:"format"`
	Probabilities bool   `json:"probabilities,omitempty"` // of all classes
	Text          bool   `json:"text,omitempty"`          // the text, and the second text of a pair
}

// Format is the format of the output.
type Format string

// The formats.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// shardBytes is the size of the texts after which a shard ends.
const shardBytes = 4 << 20

// defaultShardTexts is that of Options.ShardTexts.
const defaultShardTexts = 256

// complete checks the options for a model and sets the defaults.
func (o *Options) complete(m Model) error {
	if len(o.Inputs) == 0 {
		return errors.New("label: Inputs is empty, expected at least one file, pattern or folder")
	}
	if o.ShardTexts < 0 {
		return fmt.Errorf("label: ShardTexts is %d, expected at least 1, or 0 for %d", o.ShardTexts, defaultShardTexts)
	}
	settings.Default(&o.ShardTexts, defaultShardTexts)
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	if o.Pool == nil {
		o.Pool = alone{}
	}
	o.Opener.Raw, o.Opener.Task = true, data.Task("") // the classifier cleans the texts
	if m.Task == data.TokenClassification {
		o.Opener.Task = data.TokenClassification
	}
	switch extension := strings.ToLower(filepath.Ext(o.Output)); extension {
	case ".jsonl":
		o.Lines.Format = JSONL
	case ".csv":
		o.Lines.Format = CSV
	default:
		return fmt.Errorf("label: Output is %q, expected a file that ends with .jsonl or .csv, which can grow line by line: convert it afterwards for other formats", o.Output)
	}
	return o.Lines.check(m)
}

// check refuses lines that a model has no content for.
func (l Lines) check(m Model) error {
	switch {
	case l.Format == CSV && m.Task == data.TokenClassification:
		return fmt.Errorf("label: the model's task is %s, whose answers are lists: expected an output that ends with .jsonl", m.Task)
	case l.Probabilities && (m.Task == data.Regression || m.Task == data.TokenClassification):
		return fmt.Errorf("label: Probabilities is set, but the answers of the task %s have no probabilities of classes: leave it out", m.Task)
	case l.Format == CSV && m.Task == data.MultiLabel:
		for _, class := range m.Labels {
			if strings.Contains(class, labelSeparator) {
				return fmt.Errorf("label: the class %q contains %q, which separates classes in a CSV file: expected an output that ends with .jsonl", class, labelSeparator)
			}
		}
	}
	return nil
}
