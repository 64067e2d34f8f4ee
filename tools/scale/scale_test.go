package main

import (
	"math"
	"strings"
	"testing"
)

// even are equal workers that are never lost.
func even(n int) Workers { return Workers{Number: n, Lease: 30, SlowFactor: 1} }

func labellingOf(w Workers, shards int) Labelling {
	return Labelling{Workers: w, Shards: shards, Compute: 10, Bandwidth: 1e9, FewestAhead: 64, AheadPerWorker: 4}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within*want {
		t.Errorf("%s is %v, expected %v within %v %%", what, got, want, 100*within)
	}
}

// TestIdeal: equal workers without any other cost need the ideal time.
func TestIdeal(t *testing.T) {
	for _, n := range []int{1, 7, 64, 500} {
		o := labellingOf(even(n), n*40).Run(1)
		near(t, "the time of a labelling", o.Wall, 400, 0.05) // 500 workers are found in rounds, since the window grows
		if n <= 64 && (o.Wall != 400 || o.Busy != 1 || o.Limit() != "workers") {
			t.Errorf("%d workers: %+v, limit %s", n, o, o.Limit())
		}
		s := Sweep{Workers: even(n), Trials: 40 * n, Compute: 10, CheckpointEvery: 5, Bandwidth: 1e9, Look: 5}.Run(1)
		near(t, "the time of a sweep", s.Wall, 400, 1e-9)
		near(t, "the share of computing", s.Busy, 1, 1e-9)
	}
}

// TestStations: a station that is too slow decides the time, and is named.
func TestStations(t *testing.T) {
	for want, change := range map[string]func(*Labelling){
		"coordinator":            func(l *Labelling) { l.Send, l.Take = 0.3, 0.2 },
		"messages of the server": func(l *Labelling) { l.Message = 0.1 }, // six for each shard: 0.6 s
		"bytes of the server":    func(l *Labelling) { l.ShardBytes = 5e8 },
	} {
		l := labellingOf(even(100), 6000)
		change(&l)
		o := l.Run(1)
		if o.Limit() != want {
			t.Errorf("%+v: the limit is %q, expected %q", o, o.Limit(), want)
		}
		each := map[string]float64{"coordinator": 0.5, "messages of the server": 0.6, "bytes of the server": 0.5}[want]
		near(t, "the time with the limit "+want, o.Wall, 6000*each, 0.05)
	}
	s := Sweep{Workers: even(100), Trials: 1000, Compute: 100, CheckpointEvery: 5, CheckpointBytes: 1e8, ResultBytes: 1e6, Bandwidth: 1e8, Look: 5}
	if o := s.Run(1); o.Limit() != "bytes of the server" {
		t.Errorf("%+v: the limit is %q, expected the bytes of checkpoints", o, o.Limit())
	}
	s.CheckpointEvery = 1000
	if o := s.Run(1); o.Bytes > 0.2 {
		t.Errorf("%+v: expected few bytes without checkpoints", o)
	}
}

// TestLosses: lost work is delivered again, a sweep's from its checkpoint. All work is done.
func TestLosses(t *testing.T) {
	w := even(20)
	w.MTBF, w.Restart = 200, 20
	o := labellingOf(w, 2000).Run(1)
	if o.Lost < 50 || o.Wall < 1000 || o.Wall > 1500 {
		t.Errorf("a labelling with losses: %+v", o)
	}
	s := Sweep{Workers: w, Trials: 100, Compute: 200, CheckpointEvery: 5, Bandwidth: 1e9, Look: 5}
	resumed := s.Run(1)
	s.CheckpointEvery = 1e9
	anew := s.Run(1)
	if resumed.Lost < 30 || resumed.Wall > 1900 || anew.Wall < 1.5*resumed.Wall {
		t.Errorf("a sweep with losses: %+v with checkpoints, %+v without", resumed, anew)
	}
}

// TestStragglers: at the end of few large pieces of work all wait for the slowest.
func TestStragglers(t *testing.T) {
	w := even(100)
	w.Slow, w.SlowFactor = 0.05, 4
	o := Sweep{Workers: w, Trials: 200, Compute: 100, CheckpointEvery: 5, Bandwidth: 1e9, Look: 5}.Run(1)
	if o.Limit() != "the slowest workers at the end" || o.Wall < 400 {
		t.Errorf("%+v: the limit is %q, expected the slowest workers", o, o.Limit())
	}
	if o := labellingOf(w, 20_000).Run(1); o.Limit() != "workers" {
		t.Errorf("%+v: the limit of many small pieces is %q, expected the workers", o, o.Limit())
	}
}

// TestSeed: the same seed prints the same, another one does not.
func TestSeed(t *testing.T) {
	tables := map[string]string{}
	for _, seed := range []string{"1", "1", "2"} {
		for _, args := range []string{"label --texts 1e6 --workers 10,200 --mtbf 1h", "sweep --trials 100 --workers 10,200 --mtbf 1h"} {
			var out strings.Builder
			if err := run(append(strings.Fields(args), "--seed", seed), &out); err != nil {
				t.Fatal(err)
			}
			if before, found := tables[args]; found && (before == out.String()) != (seed == "1") {
				t.Errorf("%s, seed %s:\n%s\nbefore:\n%s", args, seed, out.String(), before)
			}
			tables[args] = out.String()
		}
	}
}

func TestArguments(t *testing.T) {
	for args, want := range map[string]string{
		"":                        "expected label or sweep",
		"train":                   "expected label or sweep",
		"label 5":                 "expected only flags",
		"label --workers 0":       "--workers has \"0\"",
		"label --workers 2,x":     "--workers has \"x\"",
		"label --texts 0":         "--texts is 0",
		"label --texts NaN":       "--texts is NaN",
		"label --shard 0":         "--shard is 0",
		"sweep --trials 0":        "--trials is 0",
		"sweep --bandwidth 0":     "--bandwidth is 0",
		"sweep --trial 0s":        "the times are",
		"sweep --slow 2":          "--slow 0 to 1",
		"sweep --texts 5":         "not defined",
		"label --checkpoint 5":    "not defined",
		"label --slow-factor 0.5": "--slow-factor at least 1",
	} {
		if err := run(strings.Fields(args), new(strings.Builder)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected an error with %q", args, err, want)
		}
	}
}
