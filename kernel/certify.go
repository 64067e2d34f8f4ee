package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/certificate"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// newCertifyCommand returns the command that certifies a run.
func newCertifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "certify RUN",
		Short: "Write a certificate of a finished run: digests of all that it read and computed",
		Long: `Write certificate.json into the run folder RUN: the whole experiment, the environment (code, engine,
processor), the SHA-256 digests of the data, the drawn examples, the model, the tokenizer and of every
file of the run, the main metric with its interval, and the cost. The same run has the same
certificate, byte for byte.

The command first reads every result and computes the metrics again from the predictions. It prints the
digest of the certificate: publish it beside a number, and go run ./kernel verify RUN --digest DIGEST
shows that a copy of the run is the same one. The certificate is not signed.`,
		Example: `  go run ./kernel certify runs/imdb`,
		Args:    oneRun("certify"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, digest, err := certificate.Write(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n%s\n", filepath.Join(args[0], runfolder.CertificateFile), c, digest)
			return err
		},
	}
}

// newVerifyCommand returns the command that verifies a certified run.
func newVerifyCommand() *cobra.Command {
	var (
		options certificate.Options
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "verify RUN",
		Short: "Compare a run with its certificate, and compute again what can be computed again",
		Long: `Compare the run folder RUN with its certificate.json, line by line: what agrees, what differs (the
expected and the found value, and the meaning), and what could not be checked and why. Nothing in RUN
changes, and nothing is downloaded. The exit status is 1 if something differs.

Always: the digest of every file, the experiment, the environment, the recorded inputs, and the metrics,
which are computed again from the predictions. Where data and model are on this machine: their digests,
the draw of the examples, and the answers in the predictions.

With --predict N the predictions of N test examples are computed again from the trained weights (-1: of
all). On the engine, the processor, the number of cores and the revision of the run they must be
identical to the bit; elsewhere they must lie within a bound, which the line states.`,
		Example: `  go run ./kernel verify runs/imdb
  go run ./kernel verify runs/imdb --data data/aclImdb_v1.tar.gz --model models/bert-base-cased --predict 200
  go run ./kernel verify runs/imdb --digest sha256:...`,
		Args: oneRun("verify"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if options.Predict != 0 {
				options.Progress = progress.New(cmd.ErrOrStderr())
			}
			report, err := certificate.Verify(cmd.Context(), args[0], options)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				_, err = fmt.Fprint(cmd.OutOrStdout(), report)
			}
			if err != nil {
				return err
			}
			return report.Err()
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Data, "data", "", "another place of the run's data: a `FILE`, folder, pattern, or a name that is on this machine")
	flags.StringVar(&options.Model, "model", "", "another place of the run's base model: a `FOLDER`, .zip, or a name that is on this machine")
	flags.IntVar(&options.Predict, "predict", 0, "compute the predictions of `N` test examples again; -1: of all")
	flags.Int64Var(&options.Seed, "seed", 1, "`SEED` that draws the examples of --predict")
	flags.Float64Var(&options.Bound, "bound", 0, "largest accepted difference of an output on another machine (default 0.001, in bfloat16 0.1)")
	flags.StringVar(&options.Digest, "digest", "", "`DIGEST` that the certificate must have")
	flags.BoolVar(&asJSON, "json", false, "print the checks as JSON")
	return cmd
}

// oneRun checks the arguments of a command about one run folder.
func oneRun(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s: found the arguments %q, expected one run folder, as in: go run ./kernel %[1]s runs/imdb", command, args)
	}
}
