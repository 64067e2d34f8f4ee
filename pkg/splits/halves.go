package splits

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// DefaultTestShare is the share of the examples that are held out as a test half by default.
const DefaultTestShare = 0.2

// Open opens the data set, with answers of the task.
func (d Config) Open(ctx context.Context, task data.Task) (*data.Dataset, error) {
	return d.opener(task).Open(ctx, d.Source)
}

func (d Config) opener(task data.Task) data.Opener {
	return data.Opener{
		Columns: d.Columns, Task: task, BadRows: d.BadRows,
		Delimiter: d.Delimiter, Header: d.Header, Quotes: d.Quotes, Encoding: d.Encoding, LabelSeparator: d.LabelSeparator,
	}
}

func (d Config) validateShare() error {
	if d.TestShare < 0 || d.TestShare >= 1 || d.TestShare != d.TestShare {
		return &settings.FieldError{Field: "data.test_share", Reason: fmt.Sprintf("is %v, expected a number between 0 and 1, or 0 for %v", d.TestShare, DefaultTestShare)}
	}
	return nil
}

// withTestHalf returns the data set with a test half: its own one, otherwise its validation half,
// otherwise a share of the training half. A note of the result states which.
func (d Config) withTestHalf(ctx context.Context, set *data.Outline, sampler sampling.Sampler) (*data.Outline, error) {
	switch {
	case len(set.Test) > 0 && d.TestShare != 0:
		return nil, &settings.FieldError{Field: "data.test_share", Reason: fmt.Sprintf("is %v, but the source has a test half, of %s examples: leave it at 0",
			d.TestShare, numerals.Count(len(set.Test)))}
	case len(set.Test) > 0:
		return set, nil
	case len(set.Validation) > 0 && d.TestShare == 0:
		s := *set
		s.Test, s.Validation = set.Validation, nil
		s.Notes = append(slices.Clip(set.Notes), fmt.Sprintf("no test half: the validation half, %s examples, serves as the test half; the validation examples are drawn from the training half",
			numerals.Count(len(s.Test))))
		s.Warnings = append(slices.Clip(set.Warnings), s.TestWarnings()...)
		return &s, nil
	}
	return d.holdOut(ctx, set, sampler)
}

// holdOut divides the training half into a training and a test half.
func (d Config) holdOut(ctx context.Context, set *data.Outline, sampler sampling.Sampler) (*data.Outline, error) {
	groups, err := duplicates.NearGroups(ctx, trainTexts(set))
	if err != nil {
		return nil, err
	}
	share := cmp.Or(d.TestShare, DefaultTestShare)
	s := *set
	if s.Train, s.Test, err = sampling.SplitGroups(sampler, set.Train, share, groups); err != nil {
		reason := fmt.Sprintf("is %q, which has no test half, and %v: add examples, or a test half, in a folder with train.* and test.* or by a column \"split\"", d.Source, err)
		return nil, &settings.FieldError{Field: "data.source", Reason: strings.Join(append([]string{reason}, set.Warnings...), "; ")}
	}
	s.Notes = append(slices.Clip(set.Notes), fmt.Sprintf("no test half: %.3g %% of the %s examples, %s, are held out by seed %d; near duplicates of a text stay on its side",
		100*share, numerals.Count(len(set.Train)), numerals.Count(len(s.Test)), sampler.Seed))
	s.Warnings = append(slices.Clip(set.Warnings), s.TestWarnings()...)
	return &s, nil
}

// trainTexts are the texts of the training half.
func trainTexts(set *data.Outline) duplicates.Texts {
	return duplicates.Texts{Count: len(set.Train), Bytes: set.TrainBytes, Each: func(ctx context.Context, yield func(int, data.Example) error) error {
		next := 0
		return set.Each(ctx, func(r data.Ref, e data.Example) error {
			if next == len(set.Train) || set.Train[next] != r {
				return nil // of another half
			}
			next++
			return yield(next-1, e)
		})
	}}
}
