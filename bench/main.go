package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/pkg/bert"
)

func main() { cli.Main(command()) }

// bench holds the command line's settings.
type bench struct {
	imdb, model, python, run       string
	rounds, reviews, tests, length int
	only                           []string
	tokenizer                      string // one of tokenizerPackages

	written map[string]bool // folders of reviews that exist already
	kept    bool            // an earlier process has cached its compiled programs
}

func command() *cobra.Command {
	b := &bench{written: map[string]bool{}}
	cmd := &cobra.Command{
		Use: "bench --imdb ARCHIVE", Short: "compare lorabook with PEFT", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.tasks(cmd.Context()) },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&b.imdb, "imdb", "", "IMDB's archive or folder, or any data set with a train and a test half")
	flags.StringVar(&b.model, "model", "bert-base-cased", "the model, as a folder or a name")
	flags.StringVar(&b.python, "python", "python3", "a Python with the packages of bench/requirements.txt")
	flags.StringVar(&b.run, "run", "runs/bench", "folder of the results")
	flags.IntVar(&b.rounds, "rounds", 5, "measurements of each side")
	flags.IntVar(&b.reviews, "reviews", 0, "training reviews; 0: the task's number")
	flags.IntVar(&b.tests, "tests", 0, "test reviews; 0: the task's number")
	flags.IntVar(&b.length, "length", 0, "largest number of tokens of a review; 0: the task's number")
	cmd.Flags().StringSliceVar(&b.only, "only", nil, "tasks to measure: "+strings.Join(taskNames(), ", ")+"; default: all")
	cmd.Flags().StringVar(&b.tokenizer, "tokenizer", tokenizerPackages[0], "peer of the tokenizing tasks, a package of --python: "+strings.Join(tokenizerPackages, ", "))
	cmd.AddCommand(oursCommand(), growCommand(b), truncationCommand(b))
	return cmd
}

// prepare checks the flags and finds the model.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.imdb == "" {
		return errors.New("--imdb is missing: expected IMDB's archive or folder, or another data set")
	}
	if b.rounds < 1 {
		return fmt.Errorf("--rounds %d: expected at least 1", b.rounds)
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"reviews", b.reviews}, {"tests", b.tests}, {"length", b.length}} {
		if n.value < 0 {
			return fmt.Errorf("--%s %d: expected at least 1, or 0 for the task's number", n.flag, n.value)
		}
	}
	if err := os.MkdirAll(b.run, 0o755); err != nil {
		return err
	}
	b.model, err = bert.Resolve(ctx, b.model, bert.ResolveOptions{})
	return err
}

// tasks measures the tasks that --only selects and prints a table for each.
func (b *bench) tasks(ctx context.Context) error {
	chosen := tasks
	if len(b.only) > 0 {
		chosen = nil
	}
	for _, name := range b.only {
		t, ok := taskByName(name)
		if !ok {
			return fmt.Errorf("--only %s: expected one or more of %s", name, strings.Join(taskNames(), ", "))
		}
		chosen = append(chosen, t)
	}
	if !slices.Contains(tokenizerPackages, b.tokenizer) {
		return fmt.Errorf("--tokenizer %s: expected one of %s", b.tokenizer, strings.Join(tokenizerPackages, ", "))
	}
	if b.tokenizer != tokenizerPackages[0] && !slices.ContainsFunc(chosen, func(t task) bool { return t.ours.Kind == tokenizing }) {
		return fmt.Errorf("--tokenizer %s: none of the chosen tasks compares tokenizers: expected --only tokenize-one,tokenize", b.tokenizer)
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	for _, t := range chosen {
		t = t.against(b.tokenizer)
		results, err := b.measure(ctx, t.sized(b.reviews, b.tests, b.length))
		if err != nil {
			return err
		}
		fmt.Print(results.table(t))
	}
	return nil
}

// measure runs the remaining rounds of a task.
func (b *bench) measure(ctx context.Context, t task) (*results, error) {
	key, err := b.key(t)
	if err != nil {
		return nil, err
	}
	results, err := openResults(filepath.Join(b.run, t.name+".jsonl"), key)
	if err != nil {
		return nil, err
	}
	for round := results.rounds(); round < b.rounds; round++ {
		p, err := b.round(ctx, t, round)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(os.Stderr, "%s, round %d: %s and %s\n", t.name, round+1, t.text(p.Ours), t.text(p.Peer))
		if err := results.add(p); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// round measures both sides. The first side alternates, so that neither always starts on a cold
// processor. If the accuracy is measured, each round has its own seed.
func (b *bench) round(ctx context.Context, t task, round int) (p pair, err error) {
	if t.ours.judged() {
		t.ours.Seed, t.peer.Seed = int64(round+1), int64(round+1)
	}
	sides := []func() error{
		func() (err error) { p.Ours, err = b.ours(ctx, t.ours); return },
		func() (err error) { p.Peer, err = b.peer(ctx, t); return },
	}
	if round%2 == 1 {
		slices.Reverse(sides)
	}
	for _, side := range sides {
		if err := side(); err != nil {
			return pair{}, err
		}
	}
	return p, nil
}

// key identifies a configuration: all results in one file must have the same key.
func (b *bench) key(t task) (string, error) {
	text, err := json.Marshal(map[string]any{"model": b.model, "reviews": b.imdb, "ours": t.ours, "peer": t.peer})
	return string(text), err
}
