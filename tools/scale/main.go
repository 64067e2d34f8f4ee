package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// arguments are those of the command line.
type arguments struct {
	workers string
	texts   float64
	shard   int
	seed    uint64
	price   float64
	sweep   Sweep
	of      Workers
}

func run(args []string, out io.Writer) error {
	if len(args) == 0 || args[0] != "label" && args[0] != "sweep" {
		return errors.New("expected label or sweep, as in: go run ./tools/scale label --texts 1e9 --workers 1,10,100,1000,10000")
	}
	var a arguments
	flags := flag.NewFlagSet("scale "+args[0], flag.ContinueOnError)
	flags.StringVar(&a.workers, "workers", "1,10,100,1000,10000", "numbers of workers, each a machine of two cores")
	flags.Uint64Var(&a.seed, "seed", 1, "seed of speeds, times and losses")
	flags.Float64Var(&a.price, "price", 0.1, "price of a worker for an hour")
	flags.Float64Var(&a.of.Spread, "spread", 0.1, "standard deviation of the logarithm of speeds and times")
	flags.Float64Var(&a.of.Slow, "slow", 0.01, "share of workers that are slower")
	flags.Float64Var(&a.of.SlowFactor, "slow-factor", 3, "by this factor")
	mtbf := flags.Duration("mtbf", 200*time.Hour, "mean time until a worker is lost; 0: never")
	restart := flags.Duration("restart", time.Minute, "time until a lost worker is replaced")
	lease := flags.Duration("lease", 30*time.Second, "as --lease of the command")
	message := flags.Duration("message", costs.message, "time of the server for a message, a record or an acknowledgement")
	bandwidth := flags.Float64("bandwidth", costs.bandwidth, "megabytes a second into the server, and out of it")
	var compute, send, take, every *time.Duration
	var shardBytes, blockBytes, checkpoint, result *float64
	if args[0] == "label" {
		flags.Float64Var(&a.texts, "texts", 1e9, "number of texts")
		flags.IntVar(&a.shard, "shard", 256, "texts of a shard")
		compute = flags.Duration("text", costs.text, "time of a worker for a text")
		send = flags.Duration("send", costs.send, "time of the coordinator for a shard of 256 texts, without its message")
		take = flags.Duration("take", costs.take, "time of the coordinator for the block of 256 texts, without its message")
		shardBytes = flags.Float64("shard-bytes", costs.shardBytes, "bytes of a shard of 256 texts on the server")
		blockBytes = flags.Float64("block-bytes", costs.blockBytes, "bytes of a block of 256 texts on the server")
	} else {
		flags.IntVar(&a.sweep.Trials, "trials", 1000, "number of trials")
		compute = flags.Duration("trial", costs.trial, "time of a worker for a trial")
		every = flags.Duration("checkpoint-every", 5*time.Second, "time between two checkpoints of a trial")
		checkpoint = flags.Float64("checkpoint", costs.checkpoint, "megabytes of a run folder with a checkpoint")
		result = flags.Float64("result", costs.result, "megabytes of the run folder of a finished trial")
	}
	if err := flags.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("found the arguments %q, expected only flags", flags.Args())
	}
	a.of.MTBF, a.of.Restart, a.of.Lease = mtbf.Seconds(), restart.Seconds(), lease.Seconds()
	simulate := func(w Workers) Outcome {
		s := a.sweep
		s.Workers, s.Compute, s.Message, s.Get = w, compute.Seconds(), message.Seconds(), 2*message.Seconds()
		s.CheckpointEvery, s.CheckpointBytes, s.ResultBytes, s.Bandwidth, s.Look = every.Seconds(), *checkpoint*1e6, *result*1e6, *bandwidth*1e6, 5
		return s.Run(a.seed)
	}
	if args[0] == "label" {
		simulate = func(w Workers) Outcome {
			size := float64(a.shard) / 256
			return Labelling{
				Workers: w, Shards: int(math.Ceil(a.texts / float64(a.shard))), Compute: compute.Seconds() * float64(a.shard),
				Send: send.Seconds() * size, Take: take.Seconds() * size, Message: message.Seconds(),
				ShardBytes: *shardBytes * size, BlockBytes: *blockBytes * size, Bandwidth: *bandwidth * 1e6,
				FewestAhead: 64, AheadPerWorker: 4,
			}.Run(a.seed)
		}
	}
	if err := a.check(args[0], *bandwidth, *message, *compute); err != nil {
		return err
	}
	numbers, err := a.numbers()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| workers | hours | ideal | price | workers compute | coordinator | messages | bytes | end | lost | limit |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|---|---|")
	for _, n := range numbers {
		w := a.of
		w.Number = n
		o := simulate(w)
		hours := o.Wall / 3600
		fmt.Fprintf(out, "| %d | %.4g | %.4g | %.4g | %.0f %% | %.1f %% | %.1f %% | %.1f %% | %.0f %% | %d | %s |\n",
			n, hours, o.Ideal/3600, hours*float64(n)*a.price, 100*o.Busy, 100*o.Coordinator, 100*o.Messages, 100*o.Bytes, 100*o.Tail, o.Lost, o.Limit())
	}
	return nil
}

// numbers returns the numbers of workers.
func (a *arguments) numbers() (list []int, err error) {
	for text := range strings.SplitSeq(a.workers, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || n > 1_000_000 {
			return nil, fmt.Errorf("--workers has %q, expected numbers of 1 to 1,000,000 with commas", text)
		}
		list = append(list, n)
	}
	return list, nil
}

// check refuses numbers that the simulation cannot use.
func (a *arguments) check(kind string, bandwidth float64, message, compute time.Duration) error {
	switch {
	case kind == "label" && !(a.texts >= 1 && a.texts <= 1e12):
		return fmt.Errorf("--texts is %v, expected 1 to 1e12", a.texts)
	case kind == "label" && a.shard < 1:
		return fmt.Errorf("--shard is %d, expected at least 1", a.shard)
	case kind == "sweep" && (a.sweep.Trials < 1 || a.sweep.Trials > 10_000_000):
		return fmt.Errorf("--trials is %d, expected 1 to 10,000,000", a.sweep.Trials)
	case !(bandwidth > 0):
		return fmt.Errorf("--bandwidth is %v, expected more than 0", bandwidth)
	case message < 0 || compute <= 0:
		return fmt.Errorf("the times are %v of a message and %v of a text or trial, expected 0 or more, and more than 0", message, compute)
	case a.of.Spread < 0 || a.of.Slow < 0 || a.of.Slow > 1 || a.of.SlowFactor < 1 || a.of.MTBF < 0 || a.of.Restart < 0 || a.of.Lease <= 0:
		return errors.New("--spread, --mtbf and --restart are expected to be 0 or more, --slow 0 to 1, --slow-factor at least 1, --lease more than 0")
	}
	return nil
}
