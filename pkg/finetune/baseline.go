package finetune

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Baseline contains the evaluation of the model before training, and warnings about the examples.
type Baseline struct {
	evaluation.Evaluation
	// Duplicates and Dropped are those of Reviews; nil in results of earlier versions.
	Duplicates *duplicates.Result `json:"duplicates,omitempty"`
	Dropped    []string           `json:"dropped_duplicates,omitempty"`
	// UnknownTokens counts the [UNK] tokens by split ("train", "validation", "test"); nil in
	// results of earlier versions.
	UnknownTokens map[string]tokenizers.UnknownTokens `json:"unknown_tokens,omitempty"`
	// Cut counts by split the examples with more than Data.MaxLength tokens and the tokens that
	// the model does not read; nil in results of earlier versions.
	Cut map[string]encoding.Cut `json:"cut,omitempty"`
	// Cheap are the results without BERT; nil in results of earlier versions.
	Cheap    *evaluation.CheapBaselines `json:"cheap_baselines,omitempty"`
	Warnings []string                   `json:"warnings,omitempty"` // warnings about the validity of the results, one sentence each
	Notes    []string                   `json:"notes,omitempty"`    // Examples.Notes: what was found in the data and how they were divided
}

// Baseline evaluates the model before training, with a newly initialized classifier, on the
// test examples. It writes baseline.json and the predictions. Progress shows the result's
// warnings, even if the folder already contains the result.
func (r *Run) Baseline(ctx context.Context) (*Baseline, error) {
	b, err := r.baseline(ctx, func(ctx context.Context) (*network, error) { return r.open(ctx, false) })
	if err != nil {
		return nil, err
	}
	r.warn(b.Warnings)
	return b, nil
}

// baseline is Baseline with the model that open returns. If the folder already contains the
// result, Progress does not show its warnings: they are also in the text of the report.
func (r *Run) baseline(ctx context.Context, open func(context.Context) (*network, error)) (*Baseline, error) {
	b, err := once(ctx, r, runfolder.BaselineFile, runfolder.BaselinePredictionsFile, "the baseline", func() (*Baseline, error) {
		if _, err := r.mesh(); err != nil { // before the reading of the data
			return nil, err
		}
		examples, err := r.Examples(ctx)
		if err != nil {
			return nil, err
		}
		b := &Baseline{Duplicates: examples.Duplicates, Dropped: examples.Dropped, UnknownTokens: map[string]tokenizers.UnknownTokens{}, Cut: map[string]encoding.Cut{}, Warnings: slices.Concat(examples.Warnings, r.Experiment.selectionWarnings(examples)), Notes: examples.Notes}
		var words *classify.TaskPredictions
		if b.Cheap, words, err = evaluation.MeasureCheap(ctx, r.Experiment.Task, examples, r.Experiment.Seed); err != nil {
			return nil, err
		}
		n, err := open(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { _ = n.Words.Close() }()
		for _, part := range examples.Parts() {
			rows := n.rowsOf(part.Name, part.Examples)
			b.Cut[part.Name] = rows.Cut
			u := tokenizers.CountUnknown(n.Tokenizer, rows.IDs)
			b.UnknownTokens[part.Name] = u
			b.Warnings = append(b.Warnings, u.Warnings(fmt.Sprintf("the %s examples", part.Name))...)
		}
		r.warn(b.Warnings)
		if note := skippedNote(n.Model); note != "" {
			r.options.Progress.Note(note)
		}
		e, err := r.evaluate(ctx, n, "baseline", runfolder.BaselinePredictionsFile)
		if err != nil {
			return nil, err
		}
		b.Evaluation = *e
		if words != nil {
			if err := evaluation.WritePredictions(r.Folder, runfolder.WordsPredictionsFile, words); err != nil {
				return nil, err
			}
		}
		return b, r.writeSplits(examples)
	})
	if err != nil {
		return tried[*Baseline](r, nil, err)
	}
	return b, nil
}

// bagOfWords returns the predictions of the bag of words for the test examples, from the folder. In
// a folder of an earlier version it fits the bag of words. It returns nil if there is none;
// baseline.json then states the reason.
func (r *Run) bagOfWords(ctx context.Context) (*classify.TaskPredictions, error) {
	words, err := evaluation.ReadPredictions(r.Folder, runfolder.WordsPredictionsFile, r.Experiment.Task)
	if err == nil || !r.again(err) {
		return words, err
	}
	var b Baseline
	if err := r.Folder.Read(runfolder.BaselineFile, &b); err != nil {
		return nil, err
	}
	if b.Cheap != nil && b.Cheap.Reason != "" {
		return nil, nil
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	if words, err = evaluation.BagOfWords(ctx, r.Experiment.Task, examples); err == nil {
		return words, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, nil
}

// String describes the metrics before training and without BERT, the division of the data, the
// share of truncated text and the duplicates among the examples. It leaves out the warnings, which
// Progress has shown.
func (b *Baseline) String() string {
	lines := []string{b.Evaluation.String()}
	if b.Cheap != nil {
		lines = append(lines, "no BERT   "+b.Cheap.String())
	}
	for _, note := range b.Notes {
		lines = append(lines, "data      "+note)
	}
	if len(b.UnknownTokens) > 0 {
		var all tokenizers.UnknownTokens
		for _, u := range b.UnknownTokens {
			all.Tokens, all.Unknown = all.Tokens+u.Tokens, all.Unknown+u.Unknown
		}
		lines = append(lines, fmt.Sprintf("[UNK]     %s of %s tokens, %.3g %%: words that the vocabulary cannot express", numerals.Count(all.Unknown), numerals.Count(all.Tokens), 100*all.Share()))
	}
	if len(b.Cut) > 0 {
		var all encoding.Cut
		for _, c := range b.Cut {
			all = all.Plus(c)
		}
		lines = append(lines, "length    "+all.String())
	}
	if b.Duplicates != nil {
		lines = append(lines, "copies    "+b.copies())
	}
	return strings.Join(lines, "\n")
}

// copies describes the examples with duplicates, exact and near ones together: the file of the
// baseline has the kinds.
func (b *Baseline) copies() string {
	if len(b.Duplicates.Counts) == 0 {
		return "none among the examples"
	}
	var list []string // an entry for each part
	part := ""
	for _, c := range b.Duplicates.Counts {
		text := examplesThat(c.Total(), "has a copy", "have a copy") + " in " + c.In
		if c.Part == c.In {
			text = examplesThat(c.Total(), "repeats another", "repeat another")
		}
		if c.Part == part {
			list[len(list)-1] += ", " + text
			continue
		}
		part = c.Part
		list = append(list, fmt.Sprintf("of the %s examples %s", part, text))
	}
	if n := b.Duplicates.Contradicting; n > 0 {
		list = append(list, examplesThat(n, "has a copy", "have a copy")+" with another label")
	}
	if n := len(b.Dropped); n > 0 {
		list = append(list, examplesThat(n, "was left out", "were left out")+" of training and validation")
	}
	return strings.Join(list, "; ")
}

// examplesThat writes a number of examples with the verb that agrees with it.
func examplesThat(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return numerals.Count(n) + " " + more
}

// evaluate evaluates a network on the test examples and stores its predictions.
func (r *Run) evaluate(ctx context.Context, n *network, task, file string) (*evaluation.Evaluation, error) {
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	predictions, err := r.predictTask(ctx, n, examples.Test, n.rowsOf("test", examples.Test), task)
	if err != nil {
		return nil, err
	}
	seconds := time.Since(began).Seconds()
	e, err := evaluation.Measure(ctx, predictions, r.Experiment.Seed)
	if err != nil {
		return nil, err
	}
	e.Seconds = seconds
	return e, evaluation.WritePredictions(r.Folder, file, predictions)
}

// skippedNote describes the unused tensors of the model's folder, by module, and the newly
// initialized ones; "" if there are none.
func skippedNote(m *bert.Model) string {
	modules := func(names []string) string {
		var list []string
		for _, name := range names {
			if module := name[:strings.LastIndexByte(name, '.')+1] + "*"; !slices.Contains(list, module) {
				list = append(list, module)
			}
		}
		return strings.Join(list, ", ")
	}
	if len(m.Skipped) == 0 {
		return ""
	}
	note := "tensors of the model that are not used: " + modules(m.Skipped)
	if len(m.Fresh) > 0 {
		note += "; newly initialized: " + modules(m.Fresh)
	}
	return note
}
