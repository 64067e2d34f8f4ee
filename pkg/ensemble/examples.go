package ensemble

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/testset"
)

// join returns the predictions of a further model with the classes in the order of the first. Another task, other
// classes or other texts are an error; [evaluation.Mean] compares ids and answers. If the texts cannot be compared,
// there is a note.
func (e *Ensemble) join(first, next *evaluation.Finished) (*classify.TaskPredictions, error) {
	if task := next.Predictions.Task(); task != e.Task {
		return nil, fmt.Errorf("the tasks are %q before and %q after, expected the same", e.Task, task)
	}
	p, err := evaluation.InOrder(next.Predictions, first.Predictions.Classes())
	if err != nil {
		return nil, err
	}
	same, known, err := sameTexts(first, next)
	switch {
	case err != nil:
		return nil, err
	case !known:
		e.Notes = append(e.Notes, fmt.Sprintf("%s and %s have the same ids and answers; whether their texts are the same is not recorded in a form that can be compared", first.Folder.Dir(), next.Folder.Dir()))
	case !same:
		return nil, errors.New("the examples with these ids have other texts or answers: expected predictions for the same examples")
	}
	return p, nil
}

// sameTexts compares the digests of the examples of two folders. known is false if they have no digests of one
// kind: that of a run depends on the order of the examples and of the classes, that of an evaluation on the order
// of the classes, if they are several labels of an example.
func sameTexts(a, b *evaluation.Finished) (same, known bool, err error) {
	if kind := a.Folder.Kind(); kind != b.Folder.Kind() {
		return false, false, nil
	} else if kind == runfolder.EvaluationKind {
		if a.Predictions.MultiLabel != nil && !slices.Equal(a.Predictions.Classes(), b.Predictions.Classes()) {
			return false, false, nil
		}
		x, err := testset.ExamplesDigest(a.Folder)
		if err != nil {
			return false, false, err
		}
		y, err := testset.ExamplesDigest(b.Folder)
		return x == y, true, err
	}
	if !slices.Equal(a.Predictions.Classes(), b.Predictions.Classes()) || !slices.Equal(a.Predictions.IDs(), b.Predictions.IDs()) {
		return false, false, nil
	}
	var records [2]splits.Record
	for i, f := range []*evaluation.Finished{a, b} {
		if err := f.Folder.Read(runfolder.SplitsFile, &records[i]); errors.Is(err, fs.ErrNotExist) {
			return false, false, nil // of an earlier version
		} else if err != nil {
			return false, false, err
		}
	}
	return records[0].Test.Digest == records[1].Test.Digest, true, nil
}
