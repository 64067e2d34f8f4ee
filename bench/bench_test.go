package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestTable: the ratio is the median of the rounds' ratios, with their extremes.
func TestTable(t *testing.T) {
	r := &results{}
	rate, _ := taskByName("train")
	for _, p := range [][2]float64{{10, 5}, {30, 10}, {8, 8}, {9, 6}} {
		r.pairs = append(r.pairs, pair{result{Items: 2 * p[0], Seconds: 2, PeakBytes: 1 << 20, WarmUp: 3}, result{Items: p[1], Seconds: 1, PeakBytes: 4 << 20, WarmUp: 1}})
	}
	table := r.table(rate)
	for _, want := range []string{
		"4 rounds", "| tokens/s | 9.5 (8.0 to 30.0) | 7.0 (5.0 to 10.0) | **1.75 (1.00 to 3.00)** |",
		"| peak memory, MB | 1 (1 to 1) | 4 (4 to 4) | **0.25 (0.25 to 0.25)** |", "| seconds of warm-up | 3.0",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the table has no %q:\n%s", want, table)
		}
	}
	upper, _ := taskByName("upper")
	if table, want := r.table(upper), "| s | 2.0 (2.0 to 2.0) | 1.0 (1.0 to 1.0) | **1.75"; !strings.Contains(table, want) {
		t.Errorf("the table has no %q:\n%s", want, table)
	}
	if s := newSpread([]float64{3, 1, 2}); s != (spread{2, 1, 3}) {
		t.Errorf("%+v", s)
	}
	if text := newSpread([]float64{math.NaN()}).text("%.1f"); text != "not measured" {
		t.Error(text)
	}
}

// TestTokenizers: a peer has results of its own, and the table says whether the ids are the same.
func TestTokenizers(t *testing.T) {
	if digest := digestOf([][]int32{{101, 102}, {}}); digest != "db3183e557c864ceb77c28aff0e6bfbc3ac5ff62afbbe73dfe6871a82a3e96dd" {
		t.Error(digest)
	}
	one, _ := taskByName("tokenize-one")
	for _, c := range []struct{ tokenizer, name string }{{"tokenizers", "tokenize-one"}, {"nanotoken", "tokenize-one-nanotoken"}} {
		task := one.against(c.tokenizer)
		if task.name != c.name || task.peer.Package != c.tokenizer || task.ours.Package != "" {
			t.Errorf("%+v", task)
		}
		side := func(ids string) result { return result{Items: 2, Seconds: 1, PeakBytes: 1 << 20, WarmUp: 1, IDs: ids} }
		same := pair{side("5a"), side("5a")}
		if table := (&results{pairs: []pair{same, same}}).table(task); !strings.Contains(table, "| | lorabook | "+c.tokenizer+" | ratio |") || !strings.Contains(table, "the same ids, SHA-256 5a") {
			t.Error(table)
		}
		for _, other := range []pair{{side("5a"), side("5b")}, {side(""), side("")}} {
			if table := (&results{pairs: []pair{same, other}}).table(task); !strings.Contains(table, "**The ids differ** in round 2") {
				t.Error(table)
			}
		}
	}
	train, _ := taskByName("train")
	if task := train.against("nanotoken"); task.name != "train" || task.peer.Package != "" {
		t.Errorf("%+v", task)
	}
}

// TestResultsAreKept: rounds are read again, and rounds with another key are refused.
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
	if err := r.add(pair{p.Ours, result{Items: 3, Seconds: 4, Versions: "other"}}); err == nil || !strings.Contains(err.Error(), `"other"`) || r.rounds() != 2 {
		t.Errorf("a round of another version: %v, %d rounds", err, r.rounds())
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

// TestFaults: errors name the flag.
func TestFaults(t *testing.T) {
	for _, args := range [][]string{{"--only", "sleep"}, {"--rounds", "0"}, {"--reviews", "-3"}, {"--tokenizer", "words"}, {"--tokenizer", "nanotoken", "--only", "train"}, {"grow", "depth"}} {
		cmd := command()
		cmd.SetArgs(append([]string{"--imdb", data.Sample, "--run", t.TempDir()}, args...))
		cmd.SilenceErrors = true
		if err := cmd.ExecuteContext(context.Background()); err == nil || !strings.Contains(err.Error(), args[0]+" "+args[1]) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestSides: lorabook, and Trainer with PEFT, run each task on few reviews and count the same
// tokens. TestMain makes the test program the one that bench starts.
func TestSides(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: nothing was measured: run without -short")
	}
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("SKIPPED: the comparison with PEFT was not measured: set LORABOOK_PYTHON to a Python with the packages of bench/requirements.txt")
	}
	ctx := context.Background()
	model, err := bert.Resolve(ctx, tiny.Name, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{imdb: data.Sample, model: model, python: python, run: t.TempDir(), written: map[string]bool{}}
	toy := baseRecipe.modified(func(r *recipe) { r.Reviews, r.Tests, r.Length = 32, 24, 64 })
	seen := map[kind]pair{}
	for _, how := range []recipe{
		toy,
		toy.modified(func(r *recipe) { r.Kind, r.Epochs, r.Layers = epochs, 30, []int{3} }).modified(cached("float32")),
		toy.modified(func(r *recipe) { r.Kind, r.Fill = adapter, true }),
		toy.modified(func(r *recipe) { r.Kind = evaluation }),
		toy.modified(shortTexts),
		toy.modified(shortTexts).modified(func(r *recipe) { r.Kind = evaluation }),
		tokenizeAll.modified(func(r *recipe) { r.OneCore = true }),
	} {
		p, err := b.round(ctx, task{ours: how, peer: how}.against("tokenizers"), 0)
		if err != nil {
			t.Fatalf("%s: %v", how.Kind, err)
		}
		seen[how.Kind] = p
		if p.Ours.Items != p.Peer.Items {
			t.Errorf("%s: %v items, and %v of the peer's", how.Kind, p.Ours.Items, p.Peer.Items)
		}
		for side, r := range map[string]result{"ours": p.Ours, "peer": p.Peer} {
			if r.PeakBytes < 20<<20 || r.WarmUp <= 0 && how.Kind != adapter {
				t.Errorf("%s, %s: %+v", how.Kind, side, r)
			}
		}
		peer := "PEFT 0.21"
		if how.Kind == tokenizing {
			peer = "tokenizers "
		}
		if !strings.Contains(p.Ours.Versions, "go1") || !strings.Contains(p.Peer.Versions, peer) {
			t.Errorf("%s: %q, %q", how.Kind, p.Ours.Versions, p.Peer.Versions)
		}
	}
	for side, r := range map[string]result{"ours": seen[adapter].Ours, "peer": seen[adapter].Peer} {
		if r.Accuracy < 0.3 || r.Accuracy > 0.9 {
			t.Errorf("%s: accuracy %v of 24 reviews after 64", side, r.Accuracy)
		}
	}
	if e := seen[epochs].Ours; e.Seconds <= e.WarmUp {
		t.Errorf("30 epochs: %+v", e)
	}
	// Two configurations of lorabook: both measure the accuracy.
	judged := toy.modified(func(r *recipe) { r.Judged = true })
	p, err := b.round(ctx, task{ours: judged, peer: judged.modified(fullFineTuning), self: "full"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for side, r := range map[string]result{"adapter": p.Ours, "full": p.Peer} {
		if !(r.Accuracy > 0.3 && r.Accuracy <= 1) || !strings.Contains(r.Versions, "go1") {
			t.Errorf("%s: %+v", side, r)
		}
	}
	// First predictions, with the cached programs of an earlier process and without.
	cell := toy.modified(func(r *recipe) { r.Kind = first })
	p, err = b.round(ctx, task{ours: cell.modified(cachedPrograms), peer: cell, self: "compiled again"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !(p.Ours.Seconds > p.Ours.WarmUp && p.Peer.Seconds > p.Peer.WarmUp) {
		t.Errorf("with kept programs: %+v, compiled again %+v", p.Ours, p.Peer)
	}
	if programs, err := filepath.Glob(filepath.Join(b.run, "programs", "*")); strings.Contains(p.Ours.Versions, "xla") == (len(programs) == 0) || err != nil {
		t.Errorf("%s has kept %d programs (%v)", p.Ours.Versions, len(programs), err)
	}
	if n := seen[tokenizing].Ours.Items; n < 600*20 {
		t.Errorf("%v tokens of the sample's 600 reviews", n)
	}
	if p := seen[tokenizing]; len(p.Ours.IDs) != 64 || p.Peer.IDs != p.Ours.IDs {
		t.Errorf("ids %q, and %q of the peer's", p.Ours.IDs, p.Peer.IDs)
	}
	// nanotoken, where it is installed.
	installed := exec.Command(python, "-c", "import nanotoken").Run() == nil
	p, err = b.round(ctx, task{ours: tokenizeAll, peer: tokenizeAll}.against("nanotoken"), 1)
	if installed && (err != nil || p.Peer.IDs != p.Ours.IDs || p.Peer.Items != p.Ours.Items || !strings.HasPrefix(p.Peer.Versions, "nanotoken ")) {
		t.Errorf("%+v, %v", p, err)
	}
	if !installed && err == nil {
		t.Errorf("without nanotoken: %+v", p)
	}
}

// TestGrow: a table and a picture along an axis.
func TestGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: nothing was measured: run without -short")
	}
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("SKIPPED: the comparison with PEFT was not measured: set LORABOOK_PYTHON to a Python with the packages of bench/requirements.txt")
	}
	ctx := context.Background()
	b := &bench{imdb: data.Sample, model: tiny.Name, python: python, run: t.TempDir(), written: map[string]bool{}, rounds: 1, reviews: 16, tests: 8}
	if err := b.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	a := axes[0]
	a.values = []int{16, 128}
	if err := b.grow(ctx, a, 0); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(filepath.Join(b.run, "grow-length.svg"))
	if err != nil || !strings.Contains(string(svg), "tokens of a review") {
		t.Errorf("the picture: %v, %d bytes", err, len(svg))
	}
	tokens := map[int]float64{}
	for _, n := range a.values {
		r, err := b.measure(ctx, alike(fmt.Sprintf("grow-length-%d", n), "", a.at(n)).sized(16, 8, 0))
		if err != nil || r.rounds() != 1 {
			t.Fatal(err)
		}
		if tokens[n] = r.pairs[0].Ours.Items; r.pairs[0].Peer.Items != tokens[n] {
			t.Errorf("%d: %v tokens, and %v of the peer's", n, tokens[n], r.pairs[0].Peer.Items)
		}
	}
	if tokens[16] != 16*16 || tokens[128] != 16*128 {
		t.Errorf("reviews are not filled: %v tokens", tokens)
	}
}

// TestMain runs bench itself if a test started this program as bench.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "ours" {
		main()
		return
	}
	os.Exit(m.Run())
}
