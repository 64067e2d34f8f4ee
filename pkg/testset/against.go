package testset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// against are the predictions that an evaluation is compared with; nil for none.
type against struct {
	dir         string
	predictions *classify.TaskPredictions
}

// readAgainst reads the predictions of an evaluation, or of a run's trained model, for the same examples.
// dir may be "".
func readAgainst(dir string, task data.Task, examples []data.Example) (*against, error) {
	if dir == "" {
		return nil, nil
	}
	root, name := filepath.Split(filepath.Clean(dir))
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return nil, err
	}
	files := []string{runfolder.EvaluationPredictionsFile, runfolder.ReportPredictionsFile}
	i := slices.IndexFunc(files, folder.Has)
	if i < 0 {
		return nil, fmt.Errorf("testset: Against is %s, which has neither %s nor %s: finish that evaluation, or that run with its report", dir, files[0], files[1])
	}
	p, err := evaluation.ReadPredictions(folder, files[i], task)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(examples))
	for k, e := range examples {
		ids[k] = e.ID
	}
	slices.Sort(ids)
	if !slices.Equal(slices.Sorted(slices.Values(p.IDs())), ids) {
		return nil, fmt.Errorf("testset: %s has predictions for %d examples, which are not the %d that are evaluated here: a comparison needs the same examples, known by their ids", folder.Path(files[i]), p.Len(), len(examples))
	}
	return &against{dir, p}, nil
}

// compare compares with the predictions in the folder of a finished evaluation.
func (a *against) compare(ctx context.Context, folder *runfolder.Folder, task data.Task, seed int64) (*evaluation.Comparison, error) {
	if a == nil {
		return nil, nil
	}
	after, err := evaluation.ReadPredictions(folder, runfolder.EvaluationPredictionsFile, task)
	if err != nil {
		return nil, err
	}
	c, err := evaluation.Compare(ctx, a.predictions, after, seed)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("comparison with %s", a.dir), err)
	}
	return c, nil
}
