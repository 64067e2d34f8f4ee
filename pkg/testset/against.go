package testset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// against are the predictions that an evaluation is compared with; nil for none.
type against struct {
	dir         string
	predictions *classify.TaskPredictions
}

// readAgainst reads the predictions of an evaluation, or of a run's trained model, for the same examples, with
// the classes in this model's order. chosen are the examples as they stand in the data set. dir may be "".
func readAgainst(dir string, task data.Task, classes []string, chosen, examples []data.Example) (*against, error) {
	if dir == "" {
		return nil, nil
	}
	finished, err := evaluation.ReadFinished(dir)
	if err != nil {
		return nil, fmt.Errorf("testset: %w", err)
	}
	folder, file, p := finished.Folder, finished.File, finished.Predictions
	if found := p.Task(); found != task {
		return nil, fmt.Errorf("testset: %w", &runfolder.TaskError{File: file, Found: string(found), Want: string(task)})
	}
	theirs := p.Classes()
	p, err = evaluation.InOrder(p, classes)
	if err != nil {
		return nil, fmt.Errorf("testset: %s cannot be compared with this model, whose classes are %s: a comparison needs the same names, in any order (classify.Options.Labels; --labels of the command): %w", file, few(classes), err)
	}
	ids := make([]string, len(examples))
	for k, e := range examples {
		ids[k] = e.ID
	}
	if !slices.Equal(slices.Sorted(slices.Values(p.IDs())), slices.Sorted(slices.Values(ids))) {
		return nil, fmt.Errorf("testset: %s has predictions for %d examples, which are not the %d that are evaluated here: a comparison needs the same examples. Those of the model's own run are the part %q; other draws are those of the same part, number and seed (Examples and Seed of Options; --part, -n and --seed)", file, p.Len(), len(examples), OfRun)
	}
	numbered := inClasses(examples, task, classes, theirs)
	same, err := sameExamples(folder, digestOf(task, numbered, theirs), chosen, examples, numbered)
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, fmt.Errorf("testset: the predictions in %s are for examples with these ids, but with other texts or answers: a comparison needs the same examples", file)
	}
	return &against{dir, p}, nil
}

// ExamplesDigest returns the digest of the examples of an evaluation, in its folder: of their ids, texts and
// answers by name, whatever the order of the examples. The names of several labels are in the order of the classes.
func ExamplesDigest(folder *runfolder.Folder) (string, error) {
	if folder.Kind() != runfolder.EvaluationKind {
		return "", errors.New("testset: the folder is not that of an evaluation, expected one that Run has written")
	}
	var p plan
	if err := folder.Experiment(&p); err != nil {
		return "", err
	}
	return p.Examples.Digest, nil
}

// sameExamples compares examples, whose ids are equal, with the digest in the folder of an evaluation, which is
// sum for the same examples, or of a run. The digest of a run depends on the numbers of the classes: lists are
// the examples with each numbering that it may have. A run of a version without splits.json has no digest: only
// ids and labels are compared then.
func sameExamples(folder *runfolder.Folder, sum string, lists ...[]data.Example) (bool, error) {
	if folder.Kind() == runfolder.EvaluationKind {
		theirs, err := ExamplesDigest(folder)
		return theirs == sum, err
	}
	var record splits.Record
	if err := folder.Read(runfolder.SplitsFile, &record); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	for _, list := range lists { // the run numbered the classes as its data set did, or as its model did
		if inputs.ExamplesDigest(inOrder(list, record.Test.IDs)) == record.Test.Digest {
			return true, nil
		}
	}
	return len(record.Test.IDs) == 0, nil
}

// compare compares with the predictions in the folder of a finished evaluation.
func (a *against) compare(ctx context.Context, folder *runfolder.Folder, task data.Task, seed int64) (*evaluation.Comparison, error) {
	if a == nil {
		return nil, nil
	}
	after, err := evaluation.ReadPredictions(folder, runfolder.EvaluationPredictionsFile, task)
	if err != nil {
		return nil, fmt.Errorf("the predictions of a finished evaluation cannot be read: delete %s and evaluate again: %w", folder.Path(runfolder.EvaluationFile), err)
	}
	c, err := evaluation.Compare(ctx, a.predictions, after, seed)
	if err != nil {
		return nil, fmt.Errorf("comparison with %s: %w", a.dir, err)
	}
	return c, nil
}
