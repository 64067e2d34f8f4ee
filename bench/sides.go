package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
)

//go:embed peer.py
var peerScript string

// writeReviews draws the reviews that a recipe takes and writes them as a data set, and
// what ours will learn from of it for the peer, which takes that as it is. What it has
// written before stays.
func (b *bench) writeReviews(ctx context.Context, how recipe) (dir string, err error) {
	dir = filepath.Join(b.run, fmt.Sprintf("reviews-%d-%d", how.Reviews, how.Tests))
	if how.Seed > 1 {
		dir += fmt.Sprintf("-seed-%d", how.Seed)
	}
	if how.Fill {
		dir += fmt.Sprintf("-filled-%d", how.Length)
	}
	if b.written[dir] {
		return dir, nil
	}
	d := finetune.Data{Source: b.imdb, Train: how.Reviews, Validation: validation, Test: how.Tests, DropDuplicates: finetune.DropNone} // RESULTS.md is of all
	drawn, err := finetune.Experiment{Data: d, Seed: how.Seed}.Reviews(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if how.Fill {
		for _, list := range [][]data.Review{drawn.Train, drawn.Validation, drawn.Test} {
			for i, review := range list {
				list[i].Text = fill(review.Text, how.Length)
			}
		}
	}
	for half, list := range map[string][]data.Review{"train": slices.Concat(drawn.Train, drawn.Validation), "test": drawn.Test} {
		if err := writeJSONL(filepath.Join(dir, half+".jsonl"), list, drawn.Labels); err != nil {
			return "", err
		}
	}
	d.Source, d.Test = dir, -1
	learned, err := finetune.Experiment{Data: d, Seed: how.Seed}.Reviews(ctx)
	if err != nil {
		return "", err
	}
	if err := writeJSONL(filepath.Join(dir, "peer.json"), learned.Train, learned.Labels); err != nil {
		return "", err
	}
	b.written[dir] = true
	return dir, nil
}

// fill repeats a text until it has so many words, and so as many tokens.
func fill(text string, words int) string {
	once := strings.Fields(text)
	if len(once) == 0 {
		return text
	}
	return strings.Join(slices.Repeat(once, 1+words/len(once)), " ")
}

// writeJSONL writes reviews a line each.
func writeJSONL(path string, reviews []data.Review, labels []string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, review := range reviews {
		if err := encoder.Encode(map[string]any{"id": review.ID, "text": review.Text, "label": labels[review.Label]}); err != nil {
			return err
		}
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// ours measures this module in a process of its own.
func (b *bench) ours(ctx context.Context, how recipe) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	if how.Kept && !b.kept { // what it will find
		if _, err := b.side(ctx, how, self, "ours"); err != nil {
			return result{}, err
		}
		b.kept = true
	}
	return b.side(ctx, how, self, "ours")
}

// peer measures Trainer and PEFT, or this module in another way.
func (b *bench) peer(ctx context.Context, t task) (result, error) {
	if t.self != "" {
		return b.ours(ctx, t.peer)
	}
	return b.side(ctx, t.peer, b.python, "-c", peerScript)
}

// side starts one with what both are told.
func (b *bench) side(ctx context.Context, how recipe, program string, args ...string) (result, error) {
	set, err := b.writeReviews(ctx, how)
	if err != nil {
		return result{}, err
	}
	told, err := json.Marshal(how)
	if err != nil {
		return result{}, err
	}
	return read(exec.CommandContext(ctx, program, append(args, b.model, set, string(told))...))
}

// read runs a side, whose last line is its result.
func read(cmd *exec.Cmd) (result, error) {
	var r result
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || !(r.Seconds > 0 && r.Items > 0) {
		return r, fmt.Errorf("%s: its last line is no result (%v): %q", filepath.Base(cmd.Path), err, lines[len(lines)-1])
	}
	return r, nil
}
