package testset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// stored predicts examples part by part, and stores the predictions of each part.
type stored struct {
	c        *classify.Classifier
	folder   *runfolder.Folder
	task     data.Task
	progress progress.Progress
	machine  runfolder.Environment // of this process
	machines runfolder.Machines    // that computed the parts
	warned   bool                  // that they differ
}

// predict returns the predictions of all examples in their order. A part has at least n examples.
func (s *stored) predict(ctx context.Context, examples *classify.Prepared, n int) (*classify.TaskPredictions, error) {
	parts := examples.Parts(n)
	var err error
	if s.machines, err = readMachines(s.folder); err != nil {
		return nil, err
	}
	var all []*classify.TaskPredictions
	var numbers []int
	total := len(examples.Numbers())
	bar := s.progress.Begin("evaluating", total, s.done(parts))
	defer bar.End()
	// cost is that of the parts that this process has predicted, and left that of those after this one.
	costs, left := s.costs(parts)
	cost := 0.0
	for i, part := range parts {
		file := partFile(i)
		p, err := s.read(file, part)
		if err != nil {
			s.use()
			left = max(0, left-costs[i])
			if p, err = s.c.PredictPrepared(ctx, part, within{bar, len(numbers), len(part.Numbers()), cost, left}, ""); err != nil {
				if ctx.Err() != nil {
					s.progress.Note(fmt.Sprintf("the predictions for %s of %s examples are stored", numerals.Count(len(numbers)), numerals.Count(total)))
				}
				return nil, err
			}
			if err := s.write(file, p); err != nil {
				return nil, err
			}
			cost += part.Cost()
		}
		all = append(all, p)
		numbers = append(numbers, part.Numbers()...)
	}
	order := make([]int, total) // position of each example in the parts
	for at, number := range numbers {
		order[number] = at
	}
	return classify.Join(all...).Select(order...), nil
}

// read returns the stored predictions of a part. A file that is missing or damaged, or that has other
// examples since another version of this module made the parts, is an error: its part is predicted again.
func (s *stored) read(file string, part *classify.Prepared) (*classify.TaskPredictions, error) {
	p, err := evaluation.ReadPredictions(s.folder, file, s.task)
	if err == nil && !slices.Equal(p.IDs(), part.IDs()) {
		err = fmt.Errorf("%s has other examples", s.folder.Path(file))
	}
	return p, err
}

// use adds this process to the machines that compute the parts, with a warning if it differs from them.
func (s *stored) use() {
	before := len(s.machines)
	if s.machines = s.machines.With(s.machine); len(s.machines) > max(1, before) {
		s.progress.Note(progress.WarningPrefix + machinesWarning(s.machines))
		s.warned = true
	}
}

// write stores the predictions of a part, and the machines before them.
func (s *stored) write(file string, p *classify.TaskPredictions) error {
	if err := s.folder.Write(machinesFile, machinesRecord{s.machines}); err != nil {
		return err
	}
	return evaluation.WritePredictions(s.folder, file, p)
}

// done returns the number of examples with stored predictions.
func (s *stored) done(parts []*classify.Prepared) (n int) {
	for i, part := range parts {
		if s.folder.Has(partFile(i)) {
			n += len(part.Numbers())
		}
	}
	return n
}

// costs returns the cost of each part that has no stored predictions, 0 for the others, and their sum.
func (s *stored) costs(parts []*classify.Prepared) (costs []float64, sum float64) {
	costs = make([]float64, len(parts))
	for i, part := range parts {
		if !s.folder.Has(partFile(i)) {
			costs[i] = part.Cost()
			sum += costs[i]
		}
	}
	return costs, sum
}

// clean removes the predictions of the parts, also those of another version of this module.
func (s *stored) clean() (err error) {
	for _, file := range append(folder.Match(s.folder.Dir(), partFiles), s.folder.Path(machinesFile)) {
		if e := os.Remove(file); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// partFiles matches the files of partFile.
const partFiles = "evaluation_part_*.jsonl"

// partFile returns the file of the predictions of the i-th part.
func partFile(i int) string { return fmt.Sprintf("evaluation_part_%04d.jsonl", i) }

// within shows the progress of a part in the bar of all parts.
type within struct {
	bar   progress.Task
	done  int // examples of the parts before
	total int // of this part

	cost, left float64 // of the parts before that this process predicted, and of those after
}

func (w within) Begin(string, int, int) progress.Task { return w }
func (w within) Note(string)                          {}
func (w within) End()                                 {}

// Update counts no more examples than the part has: a predictor counts the windows of an example.
func (w within) Update(s progress.Status) {
	s.Done = w.done + min(s.Done, w.total)
	s.Cost, s.CostLeft = s.Cost+w.cost, s.CostLeft+w.left
	w.bar.Update(s)
}
