package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
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
	classes            []string // A=B
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
labelled examples of DATA. The metrics, with intervals, and the predictions are written to FOLDER. An
evaluation that was stopped with Ctrl-C or killed continues with the same command, and a finished one is shown.

DATA is read as the data of a training: a file, a folder, a pattern in quotes, or a name on the hub. It needs
neither a training half nor more than one class, and a class may occur in any half. The examples are the test
examples of the run, if DATA are its data; otherwise the test half, without one the validation half, or all
examples of data that are not divided. --part chooses others. Classes are matched by their names; --class A=B
is for a class that is called A in the data and B in the model.

--against compares with another evaluation, or with the report of a run (notebook 04 writes it), on the same
examples.`,
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
	flags.Lookup("max-length").Usage = "largest number `N` of tokens of a text (default: that of the run; of other models as their files record it, otherwise the largest of the model)"
	flags.StringVar(&s.data, "data", "", "`DATA` with labels: a file, a folder, a pattern in quotes, or a name")
	flags.StringVar(&s.out, "out", "", "new `FOLDER` for the metrics and the predictions")
	flags.StringVar(&s.options.Against, "against", "", "compare with the `FOLDER` of another evaluation or of a run")
	flags.StringVar((*string)(&s.options.Part), "part", "", "`PART` of the data: test, validation, train, all, or run, the test examples of the run (default: see above)")
	flags.IntVarP(&s.options.Examples, "examples", "n", 0, "draw `N` examples of the part (default: all)")
	flags.Int64Var(&s.options.Seed, "seed", 1, "seed of the draw and of the intervals")
	flags.StringArrayVar(&s.classes, "class", nil, "`A=B`: the class A of the data is the class B of the model; may be repeated")
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
	if err := checkLocal(s.data); err != nil {
		return fmt.Errorf("evaluate: --data: %w", err)
	}
	return nil
}

func (s *evaluateSettings) run(cmd *cobra.Command) error {
	if err := s.check(); err != nil {
		return err
	}
	ctx := cmd.Context()
	run := runOf(s.trained.adapter)
	if err := s.readAsTrained(run); err != nil {
		return err
	}
	c, err := s.trained.open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if s.separator != "" && c.Task() != data.MultiLabel {
		return fmt.Errorf("evaluate: found --label-separator, but the model's task is %s, which has one answer for each example: leave it out", c.Task())
	}
	opener := s.tables.opener()
	opener.Evaluation, opener.Task, opener.LabelSeparator, opener.BadRows = true, c.Task(), s.separator, data.BadRows(s.badRows)
	set, err := opener.Open(ctx, s.data)
	if err != nil {
		return err
	}
	o := s.options
	if o.Classes, err = renamed(s.classes, set.Labels); err != nil {
		return err
	}
	o.TrainedIn = run
	o.Data, o.Model, o.Progress = s.data, s.trained.adapter, progress.New(cmd.ErrOrStderr())
	if o.Model == "" {
		o.Model = s.trained.model
	}
	report, err := testset.Run(ctx, s.out, c, set, o)
	if err != nil {
		if changed := (*runfolder.ChangedError)(nil); errors.As(err, &changed) {
			changed.Chosen = "--out FOLDER"
		}
		return continues(err)
	}
	if s.asJSON {
		return printJSON(cmd.OutOrStdout(), report)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nsaved in %s\n", printable.Text(report.String()), s.out)
	return err
}

// runOf returns the folder of the run that a path names, itself or its folder adapter/; "" if it names none.
func runOf(adapter string) string {
	for _, dir := range []string{adapter, filepath.Dir(adapter)} {
		if adapter == "" || dir != adapter && filepath.Base(adapter) != runfolder.AdapterDir {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, runfolder.ExperimentFile)); err == nil {
			return dir
		}
	}
	return ""
}

// readAsTrained sets the length of the run's examples, if --max-length is not given: not every adapter
// records it.
func (s *evaluateSettings) readAsTrained(run string) error {
	if run == "" || s.trained.options.MaxLength != 0 {
		return nil
	}
	root, name := filepath.Split(filepath.Clean(run))
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return err
	}
	var e finetune.Experiment
	if err := folder.Experiment(&e); err != nil {
		return err
	}
	s.trained.options.MaxLength = e.Data.MaxLength
	return nil
}

// renamed reads the values of --class, A=B. A name may contain "=": A is then a class of the data.
func renamed(values, classes []string) (map[string]string, error) {
	out := map[string]string{}
	for _, value := range values {
		from, to, found := strings.Cut(value, "=")
		for i := range len(value) {
			if value[i] == '=' && slices.Contains(classes, value[:i]) {
				from, to = value[:i], value[i+1:]
			}
		}
		if !found || from == "" || to == "" {
			return nil, fmt.Errorf("evaluate: --class is %q, expected A=B for a class that is called A in the data and B in the model; the data have the classes %q", value, classes)
		}
		if before, twice := out[from]; twice && before != to {
			return nil, fmt.Errorf("evaluate: --class renames %q to %q and to %q, expected one", from, before, to)
		}
		out[from] = to
	}
	return out, nil
}
