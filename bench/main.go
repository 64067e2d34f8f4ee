package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/bert"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		stop()
		os.Exit(1)
	}
}

// bench is what the command line says.
type bench struct {
	imdb, model, python, run string
	rounds, reviews, tests   int
	length                   int
	only                     []string
}

func command() *cobra.Command {
	var b bench
	cmd := &cobra.Command{
		Use: "bench --imdb ARCHIVE", Short: "lorabook beside PEFT, in turns", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.measure(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&b.imdb, "imdb", "", "IMDB's archive or folder, or any data set with a train and a test half")
	flags.StringVar(&b.model, "model", "bert-base-cased", "the model, as a folder or a name")
	flags.StringVar(&b.python, "python", "python3", "a Python with what bench/requirements.txt lists")
	flags.StringVar(&b.run, "run", "runs/bench", "folder of the results")
	flags.IntVar(&b.rounds, "rounds", 5, "measurements of each side")
	flags.IntVar(&b.reviews, "reviews", 256, "reviews of a training epoch")
	flags.IntVar(&b.tests, "tests", 256, "reviews of an evaluation")
	flags.IntVar(&b.length, "length", 256, "tokens of a review, at most")
	flags.StringSliceVar(&b.only, "only", nil, "tasks to measure: "+strings.Join(taskNames(), ", ")+"; all of them if empty")
	if err := cmd.MarkFlagRequired("imdb"); err != nil {
		panic(err)
	}
	cmd.AddCommand(oursCommand())
	return cmd
}

func (b bench) measure(ctx context.Context) error {
	for _, name := range b.only {
		if !slices.Contains(taskNames(), name) {
			return fmt.Errorf("--only %s: expected some of %s", name, strings.Join(taskNames(), ", "))
		}
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"rounds", b.rounds}, {"reviews", b.reviews}, {"tests", b.tests}, {"length", b.length}} {
		if n.value < 1 {
			return fmt.Errorf("--%s %d: expected at least 1", n.flag, n.value)
		}
	}
	if err := os.MkdirAll(b.run, 0o755); err != nil {
		return err
	}
	model, err := bert.Resolve(ctx, b.model, bert.ResolveOptions{})
	if err != nil {
		return err
	}
	b.model = model
	set, err := b.writeReviews(ctx)
	if err != nil {
		return err
	}
	for _, task := range tasks {
		if len(b.only) > 0 && !slices.Contains(b.only, task.name) {
			continue
		}
		results, err := openResults(filepath.Join(b.run, task.name+".jsonl"), b.key(task))
		if err != nil {
			return err
		}
		for round := results.rounds(); round < b.rounds; round++ {
			if err := b.round(ctx, task, set, round, results); err != nil {
				return err
			}
		}
		fmt.Print(results.table(task))
	}
	return nil
}

// round measures both sides, in turns who is first: neither always finds the processor
// cold.
func (b bench) round(ctx context.Context, task task, set string, round int, results *results) error {
	var pair pair
	sides := []func() error{
		func() (err error) { pair.Ours, err = b.ours(ctx, task, set); return },
		func() (err error) { pair.Peer, err = b.peer(ctx, task, set); return },
	}
	if round%2 == 1 {
		slices.Reverse(sides)
	}
	for _, side := range sides {
		if err := side(); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "%s, round %d: %.1f and %.1f %s\n", task.name, round+1, pair.Ours.value(), pair.Peer.value(), task.unit)
	return results.add(pair)
}

// key is everything that results under one name must have in common.
func (b bench) key(t task) string {
	return fmt.Sprintf("%s, %s, %s, %d reviews, %d tests, %d tokens", t.name, b.model, b.imdb, b.reviews, b.tests, b.length)
}
