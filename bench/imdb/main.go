package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/pkg/certificate"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/progress"
)

func main() { cli.Main(command()) }

// settings are the command line's.
type settings struct {
	runs, model, data string
	seed              int64
	cacheGiB          int64
}

func command() *cobra.Command {
	var s settings
	var list strings.Builder
	for _, r := range recipes {
		fmt.Fprintf(&list, "  %-12s %s\n", r.name, r.what)
	}
	cmd := &cobra.Command{
		Use: "imdb RECIPE...", Short: "run experiments on the whole of IMDB, each with a certificate",
		Long: "Run experiments on the whole of IMDB, one after another:\n\n" + list.String() +
			"\nThe same command continues after a stop and shows the result of a finished run.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("expected recipes: %s", names())
			}
			for _, name := range args {
				if _, ok := find(name); !ok {
					return fmt.Errorf("there is no recipe %q, expected one or more of %s", name, names())
				}
			}
			return nil
		},
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range args {
				r, _ := find(name)
				if err := s.run(cmd.Context(), r, cmd.OutOrStdout(), progress.New(cmd.ErrOrStderr())); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.runs, "runs", "runs/whole", "folder of the run folders")
	flags.StringVar(&s.model, "model", "bert-base-cased", "the model, as a folder or a name")
	flags.StringVar(&s.data, "data", "imdb", "IMDB, as an archive, a folder or a name")
	flags.Int64Var(&s.seed, "seed", 1, "seed of the initialization, the order and dropout; the reviews are those of seed 1")
	flags.Int64Var(&s.cacheGiB, "cache", 12, "largest size of the cached hidden states, GiB; 30 epochs need 8.3 in bfloat16")
	return cmd
}

func names() string {
	var list []string
	for _, r := range recipes {
		list = append(list, r.name)
	}
	return strings.Join(list, ", ")
}

// run runs a recipe, prints its report, and certifies the run.
func (s settings) run(ctx context.Context, r recipe, out io.Writer, p progress.Progress) (err error) {
	e := r.experiment
	e.Model, e.Data.Source, e.Seed, e.Data.Seed = s.model, s.data, s.seed, 1
	dir := filepath.Join(s.runs, fmt.Sprintf("%s-seed-%d", r.name, s.seed))
	run, err := finetune.Open(dir, e, finetune.Options{Progress: p, MaxPrefixBytes: s.cacheGiB << 30})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	// The training comes first: it shows early whether the recipe is right, and the baseline takes as long as a
	// fifth of an epoch.
	if _, err := run.Train(ctx); err != nil {
		return err
	}
	report, err := run.Report(ctx)
	if err != nil {
		return err
	}
	c, digest, err := certificate.Write(ctx, dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s: %s\n%s\n", report, dir, c, digest)
	return err
}
