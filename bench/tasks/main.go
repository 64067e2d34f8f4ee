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
	"github.com/lorabook/lorabook/pkg/tiny"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		stop()
		os.Exit(1)
	}
}

// settings are the command line's.
type settings struct {
	cache, runs, model, python string
	only                       []string
	seeds                      int
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "tasks", Short: "compare every task with Trainer and PEFT", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = "."
	}
	flags := cmd.Flags()
	flags.StringVar(&s.cache, "cache", filepath.Join(cache, "lorabook", "datasets"), "folder of the packages")
	flags.StringVar(&s.runs, "runs", "runs/tasks", "folder of the results; the same command resumes after a stop")
	flags.StringVar(&s.model, "model", tiny.Name, "the model, as a folder or a name")
	flags.StringVar(&s.python, "python", "python3", "a Python with the packages of bench/requirements.txt")
	flags.StringSliceVar(&s.only, "only", nil, "tasks: "+strings.Join(taskNames(), ", ")+"; default: all")
	flags.IntVar(&s.seeds, "seeds", 3, "trainings of each side")
	return cmd
}

func taskNames() []string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.name
	}
	return names
}

// chosen returns the tasks that --only names.
func (s settings) chosen() ([]task, error) {
	if len(s.only) == 0 {
		return tasks, nil
	}
	var chosen []task
	for _, name := range s.only {
		at := slices.Index(taskNames(), name)
		if at < 0 {
			return nil, fmt.Errorf("--only %s: expected one or more of %s", name, strings.Join(taskNames(), ", "))
		}
		chosen = append(chosen, tasks[at])
	}
	return chosen, nil
}

// run measures the tasks and prints the tables.
func (s settings) run(ctx context.Context) error {
	chosen, err := s.chosen()
	if err != nil {
		return err
	}
	if s.seeds < 2 {
		return fmt.Errorf("--seeds %d: expected at least 2, since one training shows no noise", s.seeds)
	}
	dir, err := bert.Resolve(ctx, s.model, bert.ResolveOptions{})
	if err != nil {
		return err
	}
	var all []measured
	for _, t := range chosen {
		m, err := s.measure(ctx, t, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		all = append(all, m)
	}
	results, err := resultsTable(all)
	if err != nil {
		return err
	}
	setup, err := setupTable(all)
	if err != nil {
		return err
	}
	first := all[0].pairs[0]
	fmt.Printf("%s\n%s\nlorabook: %s\nTrainer + PEFT: %s\n", results, setup, first.ours.Versions, first.peer.Versions)
	return nil
}

// measure trains a task on both sides with each seed. dir is the model's folder.
func (s settings) measure(ctx context.Context, t task, dir string) (measured, error) {
	m := measured{task: t, train: t.train, test: t.test}
	source, err := t.open(ctx, s.cache, s.runs)
	if err != nil {
		return m, err
	}
	recipes := make([]recipe, s.seeds)
	m.pairs = make([]pair, s.seeds)
	for i := range recipes {
		p := &m.pairs[i]
		p.seed = int64(i + 1)
		if p.ours, recipes[i], err = s.ours(ctx, t, source, p.seed); err != nil {
			return m, err
		}
		fmt.Fprintf(os.Stderr, "%s, seed %d: lorabook %s %.3f, loss %.3f\n", t.name, p.seed, t.metric, p.ours.Metric, p.ours.Loss)
	}
	peers, err := s.peer(ctx, t, recipes, dir)
	if err != nil {
		return m, err
	}
	for i, r := range peers {
		m.pairs[i].peer = r
		fmt.Fprintf(os.Stderr, "%s, seed %d: Trainer %s %.3f, loss %.3f\n", t.name, i+1, t.metric, r.Metric, r.Loss)
	}
	return m, nil
}
