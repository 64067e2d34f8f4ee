package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/loadtest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/tiny"
)

//go:embed peer.py
var peerScript []byte

// comparison is the command compare.
type comparison struct {
	*settings
	model, python, work, peerPrecision string
	peerTokens, peerThreads            int
	many, rounds                       int
	p99                                time.Duration
	only                               []string

	program string // the built kernel
	folder  string // of the adapters
}

// parts are the values of --only.
var parts = []string{"clients", "rate", "adapters"}

func compareCommand(s *settings) *cobra.Command {
	c := &comparison{settings: s}
	cmd := &cobra.Command{
		Use: "compare", Short: "compare `kernel serve` with a Python service", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.model, "model", tiny.Name, "the base model, as a folder or a name")
	flags.StringVar(&c.python, "python", "python3", "a Python with the packages of bench/load/requirements.txt")
	flags.StringVar(&c.peerPrecision, "peer-precision", "float32", "number format of the Python service: float32 or bfloat16")
	flags.IntVar(&c.peerTokens, "peer-tokens", 512, "tokens of a batch of the Python service, padding included")
	flags.IntVar(&c.peerThreads, "peer-threads", 0, "threads of PyTorch (default: its own number)")
	flags.StringVar(&c.work, "work", "runs/load", "folder of the built program and the adapters")
	flags.IntVar(&c.many, "many", 100, "number of adapters beside one")
	flags.IntVar(&c.rounds, "rounds", 2, "starts of each service, in turn")
	flags.DurationVar(&c.p99, "p99", 500*time.Millisecond, "largest p99 for the highest rate")
	flags.StringSliceVar(&c.only, "only", parts, "parts of the comparison")
	return cmd
}

// side is one of the two services.
type side struct {
	name  string
	start func(ctx context.Context, address string, c *loadtest.Client, names []string) (*service, error)
}

// measured are the results of one start of a service.
type measured struct {
	first   time.Duration
	memory  int64
	clients []*loadtest.Result // for clientCounts
	rate    float64
	best    *loadtest.Result
}

// clientCounts are the numbers of clients of the closed loops.
var clientCounts = []int{1, 8, 64}

func (c *comparison) run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.many < 1 || c.rounds < 1 || c.p99 <= 0 || c.peerTokens < 1 || c.peerThreads < 0 {
		return errors.New("--many, --rounds, --p99 and --peer-tokens: expected values above 0, and --peer-threads not below it")
	}
	for _, part := range c.only {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("--only %s: expected one or more of %s", part, strings.Join(parts, ", "))
		}
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	sides := []side{{"lorabook", c.startOurs}, {"Python", c.startPeer}}
	one, all := c.names()[:1], c.names()
	if err := c.table(ctx, "One adapter", sides, one, slices.Contains(c.only, "clients"), slices.Contains(c.only, "rate")); err != nil {
		return err
	}
	if slices.Contains(c.only, "adapters") {
		return c.table(ctx, fmt.Sprintf("%d adapters at random", c.many), sides, all, false, true)
	}
	return nil
}

// prepare builds the kernel and makes the adapters.
func (c *comparison) prepare(ctx context.Context) (err error) {
	if c.model, err = bert.Resolve(ctx, c.model, bert.ResolveOptions{}); err != nil {
		return err
	}
	if c.work, err = filepath.Abs(c.work); err != nil {
		return err
	}
	if err := os.MkdirAll(c.work, 0o755); err != nil {
		return err
	}
	c.program = filepath.Join(c.work, "kernel")
	build := exec.CommandContext(ctx, "go", "build", "-o", c.program, "github.com/lorabook/lorabook/kernel")
	build.Env = append(os.Environ(), "GOEXPERIMENT=simd")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build ./kernel: %w\n%s", err, out)
	}
	c.folder = filepath.Join(c.work, "adapters")
	if err := os.RemoveAll(c.folder); err != nil {
		return err
	}
	m, err := bert.Open(ctx, c.model, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	if err != nil {
		return err
	}
	config := lora.Config{R: 8, Init: lora.InitRandom, BaseModel: c.model}
	set, err := adapters.New(m.Store, m.DenseModules(), 1, config)
	if err != nil {
		return err
	}
	for i, name := range c.names() { // one by one, so that one place is enough
		if err := set.Add(name, config, int64(i)); err != nil {
			return err
		}
		if err := set.Save(c.folder, name); err != nil {
			return err
		}
		if err := lora.WriteLabels(filepath.Join(c.folder, name), []string{"neg", "pos"}, ""); err != nil {
			return err
		}
		if err := set.Delete(name); err != nil {
			return err
		}
	}
	return nil
}

// names returns the adapters' names.
func (c *comparison) names() []string {
	names := make([]string, c.many)
	for i := range names {
		names[i] = fmt.Sprintf("adapter%03d", i)
	}
	return names
}

// startOurs starts `kernel serve`.
func (c *comparison) startOurs(ctx context.Context, address string, client *loadtest.Client, names []string) (*service, error) {
	arguments := []string{"serve", "--listen", address, "--model", c.model, "--max-adapters", fmt.Sprint(len(names))}
	for _, name := range names {
		arguments = append(arguments, name+"="+filepath.Join(c.folder, name))
	}
	return start(ctx, address, client, c.program, arguments...)
}

// startPeer starts the Python service: with one adapter it is merged, with several each row of a
// batch names its own.
func (c *comparison) startPeer(ctx context.Context, address string, client *loadtest.Client, names []string) (*service, error) {
	arguments := []string{"-c", string(peerScript), "--address", address, "--model", c.model, "--precision", c.peerPrecision,
		"--tokens", fmt.Sprint(c.peerTokens), "--threads", fmt.Sprint(c.peerThreads)}
	for _, name := range names {
		arguments = append(arguments, name+"="+filepath.Join(c.folder, name))
	}
	return start(ctx, address, client, c.python, arguments...)
}

// table measures both sides in turn and prints a row for each start.
func (c *comparison) table(ctx context.Context, title string, sides []side, names []string, clients, rate bool) error {
	fmt.Printf("%s, %s, lengths like %s, %v each\n\n", title, filepath.Base(c.model), c.lengths, c.duration)
	header := "| service | first answer | peak memory |"
	if clients {
		for _, n := range clientCounts {
			header += fmt.Sprintf(" %d clients: answers/s, p50, p99 |", n)
		}
	}
	if rate {
		header += fmt.Sprintf(" highest rate with p99 ≤ %v |", c.p99)
	}
	fmt.Printf("%s\n|%s\n", header, strings.Repeat("---|", strings.Count(header, "|")-1))
	for round := range c.rounds {
		order := slices.Clone(sides)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			m, err := c.measure(ctx, s, names, clients, rate)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			row := fmt.Sprintf("| %s | %s | %s |", s.name, loadtest.Short(m.first), bytesize.Text(m.memory))
			for _, r := range m.clients {
				row += fmt.Sprintf(" %.2f, %s, %s |", r.PerSecond(), loadtest.Short(loadtest.Percentile(r.Latencies, 50)), loadtest.Short(loadtest.Percentile(r.Latencies, 99)))
			}
			if rate && m.best == nil {
				row += " none |"
			} else if rate {
				row += fmt.Sprintf(" %.2f/s (p99 %s) |", m.rate, loadtest.Short(loadtest.Percentile(m.best.Latencies, 99)))
			}
			fmt.Println(row)
		}
	}
	fmt.Println()
	return nil
}

// measure starts a service, measures and stops it.
func (c *comparison) measure(ctx context.Context, s side, names []string, clients, rate bool) (m measured, err error) {
	address, err := freeAddress()
	if err != nil {
		return m, err
	}
	client, err := c.client(ctx, "http://"+address, names)
	if err != nil {
		return m, err
	}
	running, err := s.start(ctx, address, client, names)
	if err != nil {
		return m, err
	}
	defer running.stop()
	if err := running.waitReady(ctx); err != nil {
		return m, err
	}
	m.first = running.first
	for _, n := range []int{1, 8} { // not counted: sizes that were not seen yet
		loadtest.ClosedLoop(ctx, client.Ask, n, c.duration/4)
	}
	var measuredErr error
	note := func(r *loadtest.Result) *loadtest.Result {
		fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, r)
		if r.Failures > 0 {
			measuredErr = fmt.Errorf("%v\n%s", r, tail(running.log.Bytes()))
		}
		return r
	}
	if clients {
		for _, n := range clientCounts {
			m.clients = append(m.clients, note(loadtest.ClosedLoop(ctx, client.Ask, n, c.duration)))
		}
	}
	if rate {
		first := note(loadtest.ClosedLoop(ctx, client.Ask, 8, c.duration/2)).PerSecond() / 2
		m.rate, m.best = highestRate(c.p99, max(first, 0.1), func(rate float64) *loadtest.Result {
			r := loadtest.OpenLoop(ctx, client.Ask, rate, c.duration, c.seed)
			fmt.Fprintf(os.Stderr, "%s at %.2f/s: %v\n", s.name, rate, r)
			return r
		})
	}
	if m.memory, err = peakMemory(running.cmd.Process.Pid); err != nil {
		return m, err
	}
	return m, errors.Join(measuredErr, ctx.Err())
}
