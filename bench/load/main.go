package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/internal/loadtest"
)

func main() { cli.Main(command()) }

// settings are the command line's.
type settings struct {
	url, lengths, token     string
	adapters                []string
	rate                    float64
	clients, texts, process int
	duration, timeout       time.Duration
	seed                    uint64
}

func command() *cobra.Command {
	var s settings
	cmd := &cobra.Command{
		Use: "load --url URL", Short: "measure a classification service under load", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&s.lengths, "lengths", "imdb", "lengths of the texts: imdb (median 175 words) or tweet (14)")
	flags.IntVar(&s.texts, "texts", 500, "number of different texts")
	flags.DurationVar(&s.duration, "duration", 30*time.Second, "time of a measurement")
	flags.DurationVar(&s.timeout, "timeout", 30*time.Second, "time limit of a request")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of the texts, the adapters and the arrivals")
	own := cmd.Flags()
	own.StringVar(&s.url, "url", "http://127.0.0.1:8080", "address of the service")
	own.StringSliceVar(&s.adapters, "adapters", nil, "names of adapters, of which each request takes one at random (default: the service's only one)")
	own.Float64Var(&s.rate, "rate", 0, "requests per second, at random times (open loop)")
	own.IntVar(&s.clients, "clients", 0, "clients that wait for an answer before the next request (closed loop)")
	own.IntVar(&s.process, "pid", 0, "process of the service, whose memory is shown every ten seconds")
	own.StringVar(&s.token, "token", os.Getenv("LORABOOK_TOKEN"), "bearer token (default: the environment variable LORABOOK_TOKEN)")
	cmd.AddCommand(compareCommand(&s))
	return cmd
}

// check refuses settings that cannot be used.
func (s *settings) check() error {
	switch {
	case s.duration <= 0 || s.timeout <= 0:
		return errors.New("--duration and --timeout: expected times above 0, such as 30s")
	case s.texts < 1:
		return fmt.Errorf("--texts %d: expected at least 1", s.texts)
	}
	_, err := lengthByName(s.lengths)
	return err
}

// client returns a client of the service at the address.
func (s *settings) client(ctx context.Context, url string, adapters []string) (*loadtest.Client, error) {
	l, err := lengthByName(s.lengths)
	if err != nil {
		return nil, err
	}
	texts, err := l.texts(ctx, s.texts, s.seed)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(s.seed, 3))
	return loadtest.NewClient(strings.TrimSuffix(url, "/"), s.token, texts, adapters, random.IntN, s.timeout)
}

// run makes one measurement.
func (s *settings) run(ctx context.Context) error {
	if err := s.check(); err != nil {
		return err
	}
	if (s.rate > 0) == (s.clients > 0) {
		return fmt.Errorf("--rate %g and --clients %d: expected one of them above 0", s.rate, s.clients)
	}
	c, err := s.client(ctx, s.url, s.adapters)
	if err != nil {
		return err
	}
	if _, err := c.Ask(ctx, 0); err != nil {
		return fmt.Errorf("the first request: %w", err)
	}
	stop := watchMemory(ctx, s.process, os.Stderr)
	var r *loadtest.Result
	if s.rate > 0 {
		r = loadtest.OpenLoop(ctx, c.Ask, s.rate, s.duration, s.seed)
	} else {
		r = loadtest.ClosedLoop(ctx, c.Ask, s.clients, s.duration)
	}
	stop()
	fmt.Println(r)
	return ctx.Err()
}
