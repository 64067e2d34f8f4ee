package certificate

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Write certifies a finished run: it writes certificate.json into the run folder, in place of an
// earlier one, and returns its content and the SHA-256 digest of its bytes. It first reads every
// result, and computes the metrics again from the predictions: a run with a damaged file, or with a
// report that does not follow from its predictions, is an error. Data and model need not be on this
// machine: the certificate has the digests that the run recorded when it read them.
func Write(ctx context.Context, dir string) (*Certificate, string, error) {
	r, err := finetune.OpenFinished(dir, finetune.Places{}, finetune.Options{})
	if err != nil {
		return nil, "", fmt.Errorf("certificate: %w", err)
	}
	if writer, known := r.Folder.Writer(); writer != "" && known {
		return nil, "", fmt.Errorf("certificate: %s is working on %s: wait for it, and certify the finished run", writer, dir)
	}
	c, err := certify(ctx, r)
	if err != nil {
		return nil, "", err
	}
	if err := c.check(); err != nil { // what no reader would accept
		return nil, "", fmt.Errorf("certificate: %s is damaged: of its certificate %w; restore a copy of the folder", dir, err)
	}
	path := r.Folder.Path(runfolder.CertificateFile)
	if err := runfolder.WriteJSON(path, c); err != nil {
		return nil, "", err
	}
	sum, err := digest.File(path)
	return c, sum, err
}

// certify returns the certificate of a finished run.
func certify(ctx context.Context, r *finetune.Run) (*Certificate, error) {
	folder := r.Folder
	files, err := listFiles(folder.Dir())
	if err != nil {
		return nil, err
	}
	if err := checkComplete(folder, files); err != nil {
		return nil, err
	}
	if len(folder.Inputs()) == 0 {
		return nil, fmt.Errorf("certificate: %s was written by a version of lorabook without digests of its inputs: open it once where its data and model are (finetune.Open), which records them", folder.Dir())
	}
	c := &Certificate{Format: format, Environment: folder.Environment(), Inputs: folder.Inputs(), InputsLate: folder.InputsLate()}
	if err := folder.Experiment(&c.Experiment); err != nil {
		return nil, err
	}
	if c.Splits, err = splitsOf(folder); err != nil {
		return nil, err
	}
	if err := r.VerifyTrained(); err != nil {
		return nil, err
	}
	if err := checkDamage(r, files); err != nil {
		return nil, err
	}
	results, err := measure(ctx, r)
	if err != nil {
		return nil, err
	}
	var report finetune.Report
	if err := folder.Read(runfolder.ReportFile, &report); err != nil {
		return nil, err
	}
	if err := results.follow(&report); err != nil {
		return nil, fmt.Errorf("certificate: %s: %w", folder.Path(runfolder.ReportFile), err)
	}
	c.Results, c.Cost, c.Files = results.Results, costOf(&report), map[string]string{}
	for _, within := range files {
		if c.Files[within], err = fileDigest(folder.Dir(), within); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func costOf(r *finetune.Report) Cost {
	t := r.Training
	if t == nil {
		return Cost{Bytes: r.AdapterBytes}
	}
	return Cost{t.Steps, t.Tokens, t.Seconds, t.PeakBytes, t.Trainable, r.AdapterBytes}
}

// splitsOf returns the examples of splits.json.
func splitsOf(folder *runfolder.Folder) (s Splits, err error) {
	var recorded splits.Record
	if err := folder.Read(runfolder.SplitsFile, &recorded); err != nil {
		return s, err
	}
	of := func(from splits.Split) Split { return Split{from.Examples, from.Digest} }
	return Splits{of(recorded.Train), of(recorded.Validation), of(recorded.Test)}, nil
}

// measured are the results that follow from the predictions in the folder.
type measured struct {
	Results
	before, after evaluation.Evaluation
	predictions   *classify.TaskPredictions // after the training
}

// measure computes the metrics again from the predictions in the folder.
func measure(ctx context.Context, r *finetune.Run) (*measured, error) {
	task, seed := r.Experiment.Task, r.Experiment.Seed
	before, err := evaluation.ReadPredictions(r.Folder, runfolder.BaselinePredictionsFile, task)
	if err != nil {
		return nil, err
	}
	after, err := evaluation.ReadPredictions(r.Folder, runfolder.ReportPredictionsFile, task)
	if err != nil {
		return nil, err
	}
	m := &measured{predictions: after}
	m.Examples = after.Len()
	first, err := evaluation.Measure(ctx, before, seed)
	if err != nil {
		return nil, err
	}
	second, err := evaluation.Measure(ctx, after, seed)
	if err != nil {
		return nil, err
	}
	m.before, m.after, m.Before, m.After = *first, *second, runlist.ScoreOf(*first), runlist.ScoreOf(*second)
	c, err := evaluation.Compare(ctx, before, after, seed)
	if err != nil {
		return nil, err
	}
	switch {
	case c.SingleLabel != nil:
		m.Difference.Value, m.Difference.Interval = &c.SingleLabel.Difference, &c.SingleLabel.Interval
	case c.MultiLabel != nil:
		m.Difference = c.MultiLabel.MicroF1.Difference
	case c.Regression != nil:
		m.Difference = c.Regression.MAE.Difference
	case c.Tags != nil:
		m.Difference = c.Tags.F1.Difference
	}
	return m, nil
}

// follow refuses a report whose numbers are not those of the predictions.
func (m *measured) follow(report *finetune.Report) error {
	stated := evaluation.Evaluation{Metrics: report.Before}
	after := evaluation.Evaluation{Metrics: report.After}
	switch {
	case report.MultiLabel != nil:
		stated.MultiLabel, after.MultiLabel = report.MultiLabel.Before, report.MultiLabel.After
	case report.Regression != nil:
		stated.Regression, after.Regression = report.Regression.Before, report.Regression.After
	case report.Tags != nil:
		stated.Tags, after.Tags = report.Tags.Before, report.Tags.After
	}
	for _, side := range []struct {
		name          string
		stated, found evaluation.Evaluation
	}{{"before", stated, m.before}, {"after", after, m.after}} {
		if runlist.ScoreOf(side.stated) == nil && runlist.ScoreOf(side.found) != nil {
			return fmt.Errorf("it has no numbers %s the training; delete the file and open the run again: it is computed again", side.name)
		}
		changes, err := compareJSON(side.stated, side.found)
		if err != nil {
			return err
		}
		if len(changes) > 0 {
			return fmt.Errorf("its numbers %s the training do not follow from the predictions: %s; delete the file and open the run again: it is computed again", side.name, changes[0])
		}
	}
	return nil
}
