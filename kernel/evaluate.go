package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/testset"
)

// evaluateSettings are the flags of the command evaluate.
type evaluateSettings struct {
	trained            modelFlags
	tables             tableFlags
	data, out          string
	separator, badRows string
	part               string
	options            testset.Options
	asJSON             bool
}

// newEvaluateCommand returns the command that evaluates a trained model.
func newEvaluateCommand() *cobra.Command {
	var s evaluateSettings
	cmd := &cobra.Command{
		Use:   "evaluate --adapter RUN --data DATA --out FOLDER",
		Short: "Evaluate a trained model on a labelled data set",
		Long: `Evaluate the model of a run, of an adapter's folder of this module or of PEFT, or a complete model on the
labelled examples of DATA: the test half, or all examples of data that are not divided. The metrics, with
intervals, and the predictions are written to FOLDER. An evaluation that was stopped with Ctrl-C or killed
continues with the same command, and a finished one is shown.

DATA is read as the data of a training: a file, a folder, a pattern in quotes, or a name on the hub. Classes
are matched by their names; --class DATA'S=MODEL'S renames a class of the data.

--against compares with another evaluation, or with a run's report, on the same examples.`,
		Example: `  go run ./kernel evaluate --adapter runs/imdb --data reviews.csv --class 0=neg --class 1=pos --out runs/imdb-on-reviews
  go run ./kernel evaluate --adapter runs/imdb --data imdb --max-length 512 --against runs/imdb --out runs/imdb-512
  go run ./kernel evaluate --adapter owner/adapter --data sample --out runs/adapter-on-sample --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("evaluate: found the arguments %q, expected only flags: the shell expands patterns without quotes, as in --data 'part-*.jsonl'", args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd) },
	}
	flags := cmd.Flags()
	s.trained.add(flags)
	flags.StringVar(&s.data, "data", "", "`DATA` with labels: a file, a folder, a pattern in quotes, or a name")
	flags.StringVar(&s.out, "out", "", "new `FOLDER` for the metrics and the predictions")
	flags.StringVar(&s.options.Against, "against", "", "compare with the `FOLDER` of another evaluation or of a run")
	flags.StringVar(&s.part, "part", "", "`PART` of the data: test, validation, train or all (default: test; all if the data are not divided)")
	flags.IntVarP(&s.options.Examples, "examples", "n", 0, "draw `N` examples of the part (default: all)")
	flags.Int64Var(&s.options.Seed, "seed", 1, "seed of the draw and of the intervals")
	flags.StringToStringVar(&s.options.Classes, "class", nil, "rename a class of the data, as in `0=neg`; may be repeated")
	s.tables.add(flags)
	flags.StringVar(&s.tables.columns.Label, "label-column", "", "`COLUMN` of the answer (default: found)")
	flags.StringVar(&s.tables.columns.Split, "split-column", "", "`COLUMN` with the part of each example (default: split, if there is one)")
	flags.StringVar(&s.separator, "label-separator", "", "`CHARACTER` between several classes of a text (default: found)")
	flags.StringVar(&s.badRows, "bad-rows", "", "records that cannot be used: fail or skip (default: fail)")
	flags.BoolVar(&s.asJSON, "json", false, "print the result as JSON")
	return cmd
}

// check refuses missing flags, before the model is opened.
func (s *evaluateSettings) check() error {
	switch {
	case s.trained.missing() != nil:
		return fmt.Errorf("evaluate: %w", s.trained.missing())
	case s.data == "":
		return errors.New("evaluate: the flag --data is missing, expected a labelled data set, as in --data reviews.csv")
	case s.out == "":
		return errors.New("evaluate: the flag --out is missing, expected a new folder, as in --out runs/evaluation")
	}
	if _, err := data.Local(s.data); err != nil {
		return fmt.Errorf("evaluate: --data: %w", err)
	}
	return nil
}

func (s *evaluateSettings) run(cmd *cobra.Command) error {
	if err := s.check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	c, err := s.trained.open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	opener := s.tables.opener()
	opener.Task, opener.LabelSeparator, opener.BadRows = c.Task(), s.separator, data.BadRows(s.badRows)
	set, err := opener.Open(ctx, s.data)
	if err != nil {
		return err
	}
	o := s.options
	o.Part, o.Data, o.Model, o.Progress = testset.Part(s.part), s.data, s.trained.adapter, progress.New(cmd.ErrOrStderr())
	if o.Model == "" {
		o.Model = s.trained.model
	}
	if info, err := os.Stat(s.trained.adapter); err == nil && info.IsDir() {
		o.TrainedIn = s.trained.adapter
	}
	report, err := testset.Run(ctx, s.out, c, set, o)
	if err != nil {
		if changed := (*runfolder.ChangedError)(nil); errors.As(err, &changed) {
			changed.Chosen = "--out FOLDER"
		}
		if errors.As(err, new(signalError)) {
			err = fmt.Errorf("%w; the same command continues", err)
		}
		return err
	}
	if s.asJSON {
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(report)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", printable.Text(report.String()))
	return err
}
