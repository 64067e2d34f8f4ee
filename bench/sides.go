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

	"github.com/lorabook/lorabook/bench/internal/side"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/splits"
)

var (
	//go:embed peer.py
	peerScript string
	//go:embed tokenizer_peer.py
	tokenizerScript string
)

// writeReviews samples the recipe's reviews and writes them as a data set. It also writes
// lorabook's training split as peer.json, so that the peer trains on the same reviews. Existing
// folders are not written again.
func (b *bench) writeReviews(ctx context.Context, how recipe) (dir string, err error) {
	dir = filepath.Join(b.run, fmt.Sprintf("reviews-%d-%d", how.Reviews, how.Tests))
	if how.Seed > 1 {
		dir += fmt.Sprintf("-seed-%d", how.Seed)
	}
	if how.MaxWords > 0 {
		dir += fmt.Sprintf("-words-%d-%d", how.MinWords, how.MaxWords)
	}
	if how.Fill {
		dir += fmt.Sprintf("-filled-%d", how.Length)
	}
	if b.written[dir] {
		return dir, nil
	}
	d := splits.Config{Source: b.imdb, Train: how.Reviews, Validation: validation, Test: how.Tests, DropDuplicates: splits.DropNone} // RESULTS.md was measured with all reviews
	drawn, err := finetune.Experiment{Data: d, Seed: how.Seed}.Examples(ctx)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, list := range [][]data.Example{drawn.Train, drawn.Validation, drawn.Test} {
		if how.MaxWords > 0 {
			how.firstWords(list)
		}
		if how.Fill {
			for i, review := range list {
				list[i].Text = fill(review.Text, how.Length)
			}
		}
	}
	if err := writeJSONL(filepath.Join(dir, "train.jsonl"), slices.Concat(drawn.Train, drawn.Validation), drawn.Labels); err != nil {
		return "", err
	}
	if err := writeJSONL(filepath.Join(dir, "test.jsonl"), drawn.Test, drawn.Labels); err != nil {
		return "", err
	}
	d.Source, d.Test = dir, -1
	learned, err := finetune.Experiment{Data: d, Seed: how.Seed}.Examples(ctx)
	if err != nil {
		return "", err
	}
	if err := writeJSONL(filepath.Join(dir, "peer.json"), learned.Train, learned.Labels); err != nil {
		return "", err
	}
	b.written[dir] = true
	return dir, nil
}

// fill repeats a text until it has the given number of words, and therefore at least as many
// tokens.
func fill(text string, words int) string {
	once := strings.Fields(text)
	if len(once) == 0 {
		return text
	}
	return strings.Join(slices.Repeat(once, 1+words/len(once)), " ")
}

// writeJSONL writes reviews as JSON Lines.
func writeJSONL(path string, reviews []data.Example, labels []string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, review := range reviews {
		if err := encoder.Encode(map[string]any{"id": review.ID, "text": review.Text, "label": labels[review.Label]}); err != nil {
			return err
		}
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// ours measures lorabook in a separate process.
func (b *bench) ours(ctx context.Context, how recipe) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	if how.Kept && !b.kept { // compile and cache the programs
		if _, err := b.side(ctx, how, self, "ours"); err != nil {
			return result{}, err
		}
		b.kept = true
	}
	return b.side(ctx, how, self, "ours")
}

// peer measures Trainer with PEFT, a tokenizer, or another configuration of lorabook.
func (b *bench) peer(ctx context.Context, t task) (result, error) {
	if t.self != "" {
		return b.ours(ctx, t.peer)
	}
	script := peerScript
	if t.peer.Kind == tokenizing {
		script = tokenizerScript
	}
	return b.side(ctx, t.peer, b.python, "-c", script)
}

// side runs one side's program with the model, the reviews and the recipe.
func (b *bench) side(ctx context.Context, how recipe, program string, args ...string) (result, error) {
	set, err := b.writeReviews(ctx, how)
	if err != nil {
		return result{}, err
	}
	recipeJSON, err := json.Marshal(how)
	if err != nil {
		return result{}, err
	}
	return read(exec.CommandContext(ctx, program, append(args, b.model, set, string(recipeJSON))...))
}

// read runs a side's program and parses its result.
func read(cmd *exec.Cmd) (result, error) {
	var r result
	if err := side.Read(cmd, &r); err != nil {
		return r, err
	}
	if !(r.Seconds > 0 && r.Items > 0) {
		return r, fmt.Errorf("%s: expected seconds and items above 0, found %+v", filepath.Base(cmd.Path), r)
	}
	return r, nil
}
