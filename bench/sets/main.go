package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
)

func main() { cli.Main(command()) }

// settings are the command line's.
type settings struct {
	cache, runs       string
	only              []string
	read              bool
	train, test       int
	epochs, maxLength int
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "sets", Short: "run lorabook on real data sets from packages", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = "."
	}
	flags := cmd.Flags()
	flags.StringVar(&s.cache, "cache", filepath.Join(cache, "lorabook", "datasets"), "folder of the packages")
	flags.StringVar(&s.runs, "runs", "runs/datasets", "folder of the run folders; the same command resumes after a stop")
	flags.StringSliceVar(&s.only, "only", nil, "data sets: "+strings.Join(setNames(), ", ")+"; default: all")
	flags.BoolVar(&s.read, "read", false, "only open the data sets and compare their numbers")
	flags.IntVar(&s.train, "train", 1000, "largest number of training examples")
	flags.IntVar(&s.test, "test", 500, "largest number of test examples")
	flags.IntVar(&s.epochs, "epochs", 3, "passes over the training examples")
	flags.IntVar(&s.maxLength, "length", 128, "largest number of tokens of an example")
	return cmd
}

func setNames() []string {
	var names []string
	for _, s := range sets {
		names = append(names, s.Name)
	}
	return names
}

// chosen returns the sets that --only names.
func (s settings) chosen() ([]set, error) {
	if len(s.only) == 0 {
		return sets, nil
	}
	var chosen []set
	for _, name := range s.only {
		at := slices.Index(setNames(), name)
		if at < 0 {
			return nil, fmt.Errorf("--only %s: expected one or more of %s", name, strings.Join(setNames(), ", "))
		}
		chosen = append(chosen, sets[at])
	}
	return chosen, nil
}

// run reads or measures the sets and prints the tables. A set that fails does not end the
// others.
func (s settings) run(ctx context.Context) error {
	chosen, err := s.chosen()
	if err != nil {
		return err
	}
	var outcomes []outcome
	var failed []error
	for _, set := range chosen {
		o := s.one(ctx, set)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if o.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", set.Name, o.err))
			fmt.Fprintf(os.Stderr, "%s: %v\n", set.Name, o.err)
		} else {
			fmt.Fprintf(os.Stderr, "%s: done\n", set.Name)
		}
		outcomes = append(outcomes, o)
	}
	opened, err := setsTable(outcomes)
	if err != nil {
		return err
	}
	results, err := resultsTable(outcomes)
	if err != nil {
		return err
	}
	fmt.Println(opened + "\n" + results + "\n" + found(outcomes, s.cache))
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d data sets failed", len(failed), len(chosen))
	}
	return nil
}

// one reads a set and, without --read, measures it.
func (s settings) one(ctx context.Context, set set) outcome {
	o := outcome{set: set}
	source, err := set.source(ctx, s.cache)
	if err == nil {
		o.opened, err = set.read(ctx, source)
	}
	if err == nil && !s.read {
		o.measured, err = s.measure(ctx, set, source)
	}
	o.err = err
	return o
}
