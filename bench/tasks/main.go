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
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

func main() { cli.Main(command()) }

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
	all := make([]measured, len(chosen))
	var jobs []job
	for i, t := range chosen {
		all[i] = measured{task: t, train: t.train, test: t.test}
		if err := s.train(ctx, &all[i], dir); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		for _, p := range all[i].pairs {
			jobs = append(jobs, p.job)
		}
	}
	if err := s.peer(ctx, dir, jobs); err != nil {
		return err
	}
	for _, m := range all {
		if err := m.readPeer(); err != nil {
			return fmt.Errorf("%s: %w", m.task.name, err)
		}
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

// train trains a task with lorabook, once with each seed. dir is the model's folder.
func (s settings) train(ctx context.Context, m *measured, dir string) error {
	source, err := m.task.open(ctx, s.cache, s.runs)
	if err != nil {
		return err
	}
	for seed := int64(1); seed <= int64(s.seeds); seed++ {
		ours, how, err := s.ours(ctx, m.task, source, seed)
		if err != nil {
			return err
		}
		job, err := newJob(dir, s.peerFolder(m.task, seed), how)
		if err != nil {
			return err
		}
		m.pairs = append(m.pairs, pair{job: job, ours: ours})
		fmt.Fprintf(os.Stderr, "%s, seed %d: %s %.3f, loss %.3f\n", m.task.name, seed, m.task.metric, ours.Metric, ours.Loss)
	}
	return nil
}

// readPeer reads the peer's results.
func (m measured) readPeer() error {
	for i := range m.pairs {
		p := &m.pairs[i]
		r, done, err := p.job.result()
		if err != nil {
			return err
		}
		if !done {
			return fmt.Errorf("%s has no result of this recipe", p.job.Folder)
		}
		p.peer = r
	}
	return nil
}
