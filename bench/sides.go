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

// writeReviews draws the reviews and writes them as a data set, and what ours will learn
// from of it for the peer, which takes that as it is.
func (b bench) writeReviews(ctx context.Context) (dir string, err error) {
	dir = filepath.Join(b.run, fmt.Sprintf("reviews-%d-%d", b.reviews, b.tests))
	d := finetune.Data{Source: b.imdb, Train: b.reviews, Validation: validation, Test: b.tests}
	drawn, err := finetune.Experiment{Data: d}.Reviews(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for half, list := range map[string][]data.Review{"train": slices.Concat(drawn.Train, drawn.Validation), "test": drawn.Test} {
		if err := writeJSONL(filepath.Join(dir, half+".jsonl"), list, drawn.Labels); err != nil {
			return "", err
		}
	}
	d.Source, d.Test = dir, -1
	learned, err := finetune.Experiment{Data: d}.Reviews(ctx)
	if err != nil {
		return "", err
	}
	return dir, writeJSONL(filepath.Join(dir, "peer.json"), learned.Train, learned.Labels)
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
func (b bench) ours(ctx context.Context, t task, set string) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	return read(exec.CommandContext(ctx, self, append([]string{"ours"}, b.args(t, set)...)...))
}

// peer measures Trainer and PEFT.
func (b bench) peer(ctx context.Context, t task, set string) (result, error) {
	return read(exec.CommandContext(ctx, b.python, append([]string{"-c", peerScript}, b.args(t, set)...)...))
}

// args are what both sides are told.
func (b bench) args(t task, set string) []string {
	return []string{t.name, b.model, set, fmt.Sprint(b.reviews), fmt.Sprint(b.length)}
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
