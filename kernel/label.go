package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/label/remote"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
)

// labelSettings are the flags of the command label.
type labelSettings struct {
	trained modelFlags
	tables  tableFlags
	label   label.Options
	asJSON  bool
	pool    remote.Pool // with a server
}

// newLabelCommand returns the command that labels texts.
func newLabelCommand() *cobra.Command {
	var s labelSettings
	cmd := &cobra.Command{
		Use:   "label --adapter RUN --in FILES --out FILE",
		Short: "Label the texts of files with a trained model",
		Long: `Label all texts of FILES with the model of a run, of an adapter's folder of this module or of
PEFT, or with a complete model. The answers are written to FILE, a line for each text in the order of
the texts: JSON Lines (.jsonl), or CSV (.csv).

FILES are read as the data of a training: JSON Lines, CSV, Parquet, Arrow, compressed files, patterns
such as 'texts/part-*.jsonl' in quotes, folders. Labels and splits are not read. --in may be repeated.

The texts are read as a stream: memory does not grow with their number. A labelling that was stopped
with Ctrl-C or killed continues with the same command, and the output is the same, byte for byte. It
refuses to continue with other texts, another model or other options. FILE.report.json has the numbers:
texts, classes, the share of [UNK] tokens, the share of texts that are longer than the model reads.

With --nats the texts are labelled on all machines that run go run ./kernel worker --nats URL, and on
this one. The output is that of one machine. The workers open the model by the same names.`,
		Example: `  go run ./kernel label --adapter runs/imdb --in reviews.csv --out answers.jsonl
  go run ./kernel label --adapter runs/imdb --in 'crawl/part-*.jsonl.gz' --in more.parquet --text-column body --probabilities --out answers.csv
  go run ./kernel label --adapter models/merged --in sample --out answers.jsonl --json
  go run ./kernel label --adapter runs/imdb --in 'crawl/part-*.jsonl.gz' --out answers.jsonl --nats tls://nats.example.org:4222`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("label: found the arguments %q, expected only flags: the shell expands patterns without quotes, as in --in 'part-*.jsonl'", args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd) },
	}
	flags := cmd.Flags()
	s.trained.add(flags)
	flags.StringArrayVar(&s.label.Inputs, "in", nil, "`FILE`, pattern in quotes, folder or data set of the hub; may be repeated")
	flags.StringVar(&s.label.Output, "out", "", "new `FILE` for the answers: .jsonl or .csv")
	s.tables.add(flags)
	flags.BoolVar(&s.label.SkipBad, "skip-bad", false, "write a line with the error for a record that cannot be used, instead of stopping")
	flags.BoolVar(&s.label.Lines.Text, "text", false, "write the texts too")
	flags.BoolVar(&s.label.Lines.Probabilities, "probabilities", false, "write the probabilities of all classes")
	flags.IntVar(&s.label.ShardTexts, "shard", 0, "number `N` of texts that are labelled together (default 256)")
	flags.Float64Var(&s.trained.options.Threshold, "threshold", 0, "probability from which a text has a class, for several labels (default 0.5)")
	flags.BoolVar(&s.trained.options.Calibrated, "calibrated", false, "use the temperature or the thresholds that the training fitted")
	flags.BoolVar(&s.asJSON, "json", false, "print the report as JSON")
	s.pool.Server.Flags(func(field *string, name, usage string) { flags.StringVar(field, name, "", usage) })
	flags.IntVar(&s.pool.Replicas, "replicas", 1, "with --nats: number `N` of a cluster's servers that keep the texts")
	flags.DurationVar(&s.pool.Lease, "lease", 0, "with --nats: `TIME` without a sign of a worker after which another one gets its texts (default 30s)")
	flags.BoolVar(&s.pool.OnlyOthers, "only-others", false, "with --nats: leave the labelling to the workers, and only read and write here")
	return cmd
}

// check refuses missing flags, before the model is opened.
func (s *labelSettings) check() error {
	switch {
	case s.trained.missing() != nil:
		return fmt.Errorf("label: %w", s.trained.missing())
	case len(s.label.Inputs) == 0:
		return errors.New("label: the flag --in is missing, expected files with texts, as in --in reviews.csv")
	case s.label.Output == "":
		return errors.New("label: the flag --out is missing, expected a new file, as in --out answers.jsonl")
	case s.label.ShardTexts < 0:
		return fmt.Errorf("label: --shard is %d, expected at least 1", s.label.ShardTexts)
	}
	for _, input := range s.label.Inputs {
		if err := checkLocal(input); err != nil {
			return fmt.Errorf("label: --in: %w", err)
		}
	}
	return nil
}

// checkServer refuses a server that does not answer, and flags for the work on several machines without
// a server.
func (s *labelSettings) checkServer(cmd *cobra.Command) error {
	if s.pool.Server.URL != "" {
		conn, err := natsconn.Connect(cmd.Context(), s.pool.Server, "label") // a wrong address is an error before the model is opened
		if err == nil {
			conn.Close()
		}
		return err
	}
	for _, name := range []string{"replicas", "lease", "only-others"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("label: found --%s without --nats, expected both: it is for the work on several machines", name)
		}
	}
	if s.pool.Server != (natsconn.Server{}) {
		return errors.New("label: found credentials, a token file or certificates without --nats, expected both")
	}
	return nil
}

func (s *labelSettings) run(cmd *cobra.Command) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := s.checkServer(cmd); err != nil {
		return err
	}
	ctx := cmd.Context()
	s.label.Opener = s.tables.opener()
	c, err := s.trained.open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	s.label.Progress = progress.New(cmd.ErrOrStderr())
	for _, warning := range c.Warnings {
		s.label.Progress.Note(progress.WarningPrefix + warning)
	}
	s.label.Source = s.trained.adapter
	if s.pool.Server.URL != "" {
		s.pool.Source, s.pool.Progress = remote.Source{Model: s.trained.model, Adapter: s.trained.adapter, Options: s.trained.complete()}, s.label.Progress
		s.label.Pool = &s.pool
	}
	report, err := label.Run(ctx, c, s.label)
	if err != nil {
		return continues(err)
	}
	if s.asJSON {
		return printJSON(cmd.OutOrStdout(), report)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", s.label.Output, report)
	return err
}
