package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
)

// TestTable: the ratio of rounds is the median of their ratios, between their extremes.
func TestTable(t *testing.T) {
	r := &results{}
	for _, p := range [][2]float64{{10, 5}, {30, 10}, {8, 8}, {9, 6}} {
		r.pairs = append(r.pairs, pair{result{Items: 2 * p[0], Seconds: 2, PeakBytes: 1 << 20, WarmUp: 3}, result{Items: p[1], Seconds: 1, PeakBytes: 4 << 20, WarmUp: 1}})
	}
	table := r.table(tasks[0])
	for _, want := range []string{
		"4 rounds", "| tokens/s | 9.5 (8.0 to 30.0) | 7.0 (5.0 to 10.0) | **1.75 (1.00 to 3.00)** |",
		"| peak memory, MB | 1 (1 to 1) | 4 (4 to 4) | **0.25 (0.25 to 0.25)** |", "| seconds before | 3.0",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the table has no %q:\n%s", want, table)
		}
	}
	if s := newSpread([]float64{3, 1, 2}); s != (spread{2, 1, 3}) {
		t.Errorf("%+v", s)
	}
	if text := newSpread([]float64{math.NaN()}).text("%.1f"); text != "not measured" {
		t.Error(text)
	}
}

// TestResultsAreKept: rounds come back, and those of something else are refused.
func TestResultsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "train.jsonl")
	r, err := openResults(path, "train, toy")
	if err != nil || r.rounds() != 0 {
		t.Fatal(r, err)
	}
	p := pair{result{Items: 1, Seconds: 2, Versions: "ours"}, result{Items: 3, Seconds: 4, PeakBytes: 5}}
	for range 2 {
		if err := r.add(p); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = openResults(path, "train, toy"); err != nil || r.rounds() != 2 || r.pairs[1] != p {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := openResults(path, "train, other"); err == nil || !strings.Contains(err.Error(), "train, toy") {
		t.Errorf("rounds of another model: %v", err)
	}
	if err := os.WriteFile(path, []byte("train, toy\n{}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openResults(path, "train, toy"); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a damaged round: %v", err)
	}
}

// TestFaults name the flag.
func TestFaults(t *testing.T) {
	for _, args := range [][]string{{"--only", "sleep"}, {"--rounds", "0"}, {"--reviews", "-3"}} {
		cmd := command()
		cmd.SetArgs(append([]string{"--imdb", data.Sample, "--run", t.TempDir()}, args...))
		cmd.SilenceErrors = true
		if err := cmd.ExecuteContext(context.Background()); err == nil || !strings.Contains(err.Error(), args[0]+" "+args[1]) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestSides: this module, and Trainer with PEFT, do each task on few reviews, and count
// the same tokens. TestMain makes this program what bench starts.
func TestSides(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: nothing was measured: run without -short")
	}
	python := os.Getenv("LORABOOK_PYTHON")
	if python == "" {
		t.Skip("SKIPPED: nothing was measured beside PEFT: set LORABOOK_PYTHON to a Python with what bench/requirements.txt lists")
	}
	ctx := context.Background()
	model, err := bert.Resolve(ctx, bert.Tiny, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := bench{imdb: data.Sample, model: model, python: python, run: t.TempDir(), reviews: 32, tests: 24, length: 64}
	set, err := b.writeReviews(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		if task.name != "train" && task.name != "evaluate" {
			continue // the same code, told by its name
		}
		var got pair
		if got.Ours, err = b.ours(ctx, task, set); err != nil {
			t.Fatalf("%s: %v", task.name, err)
		}
		if got.Peer, err = b.peer(ctx, task, set); err != nil {
			t.Fatalf("%s: %v", task.name, err)
		}
		if got.Ours.Items != got.Peer.Items || got.Ours.Items < 24 {
			t.Errorf("%s: %v of %s and %v of the peer's", task.name, got.Ours.Items, task.unit, got.Peer.Items)
		}
		for side, r := range map[string]result{"ours": got.Ours, "peer": got.Peer} {
			if r.PeakBytes < 50<<20 || r.WarmUp <= 0 {
				t.Errorf("%s, %s: %+v", task.name, side, r)
			}
		}
		if !strings.Contains(got.Ours.Versions, "go1") || !strings.Contains(got.Peer.Versions, "PEFT 0.21") {
			t.Errorf("%s: %q, %q", task.name, got.Ours.Versions, got.Peer.Versions)
		}
	}
}

// TestMain is bench itself where a test has started it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "ours" {
		main()
		return
	}
	os.Exit(m.Run())
}
