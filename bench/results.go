package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/stats"
)

// results holds the rounds of a task. They are kept in a file with the key in its first line.
type results struct {
	path  string
	key   string
	pairs []pair
}

// openResults reads the rounds of an earlier run; a file with another key is an error.
func openResults(path, key string) (*results, error) {
	r := &results{path: path, key: key}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	if !lines.Scan() || lines.Text() != key {
		return nil, fmt.Errorf("%s: contains rounds of %q, expected %q: choose another --run or delete the file", path, lines.Text(), key)
	}
	for lines.Scan() {
		var p pair
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil || !(p.Ours.Seconds > 0 && p.Peer.Seconds > 0) {
			return nil, fmt.Errorf("%s: line %d: expected a round as JSON with positive seconds (%v): delete the line", path, len(r.pairs)+2, err)
		}
		r.pairs = append(r.pairs, p)
	}
	return r, lines.Err()
}

func (r *results) rounds() int { return len(r.pairs) }

// add appends a round and writes the file. A round with other versions than the rounds before is
// an error, since their median would be of no version.
func (r *results) add(p pair) error {
	if n := len(r.pairs); n > 0 {
		before := r.pairs[n-1]
		for _, v := range [][2]string{{p.Ours.Versions, before.Ours.Versions}, {p.Peer.Versions, before.Peer.Versions}} {
			if v[0] != v[1] {
				return fmt.Errorf("%s: contains rounds of %q, found %q in this one: choose another --run or delete the file", r.path, v[1], v[0])
			}
		}
	}
	r.pairs = append(r.pairs, p)
	var text bytes.Buffer
	fmt.Fprintln(&text, r.key)
	for _, p := range r.pairs {
		line, err := json.Marshal(p)
		if err != nil {
			return err
		}
		text.Write(append(line, '\n'))
	}
	return atomicfile.Write(r.path, text.Bytes(), 0o644)
}

// table returns the task's table for RESULTS.md. Its ratios are lorabook's value divided by the
// peer's; for a task in seconds the first ratio is lorabook's speed divided by the peer's.
func (r *results) table(t task) string {
	if len(r.pairs) == 0 {
		return ""
	}
	last := r.pairs[len(r.pairs)-1]
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s, %d rounds\n\n", t.what, len(r.pairs))
	peer := "PEFT"
	switch {
	case t.self != "":
		peer = t.self
	case t.peer.Kind == tokenizing:
		peer = t.peer.Package
	}
	fmt.Fprintf(&text, "| | lorabook | %s | ratio |\n|---|---|---|---|\n", peer)
	row := func(name, format string, f func(result) float64, ratio func(pair) float64) {
		fmt.Fprintf(&text, "| %s | %s | %s | **%s** |\n", name,
			r.spread(func(p pair) float64 { return f(p.Ours) }).text(format), r.spread(func(p pair) float64 { return f(p.Peer) }).text(format),
			r.spread(ratio).text("%.2f"))
	}
	ratioOf := func(f func(result) float64) func(pair) float64 {
		return func(p pair) float64 { return f(p.Ours) / f(p.Peer) }
	}
	row(t.ours.Kind.unit(), "%.1f", t.value, ratioOf(result.speed))
	warmUp := func(r result) float64 { return r.WarmUp }
	if t.ours.Kind != adapter {
		row("seconds of warm-up", "%.1f", warmUp, ratioOf(warmUp))
	}
	accuracy := func(r result) float64 { return 100 * r.Accuracy }
	if t.ours.judged() {
		row("accuracy, %", "%.1f", accuracy, ratioOf(accuracy))
	}
	row("peak memory, MB", "%.0f", result.megabytes, ratioOf(result.megabytes))
	fmt.Fprintf(&text, "\n%s; %s\n", last.Ours.Versions, last.Peer.Versions)
	if t.ours.Kind == tokenizing {
		fmt.Fprintln(&text, r.comparedIDs())
	}
	return text.String()
}

// comparedIDs says whether both sides produced the same ids in every round.
func (r *results) comparedIDs() string {
	for i, p := range r.pairs {
		if p.Ours.IDs == "" || p.Ours.IDs != p.Peer.IDs {
			return fmt.Sprintf("\n**The ids differ** in round %d: SHA-256 %q of lorabook's, %q of the peer's.", i+1, p.Ours.IDs, p.Peer.IDs)
		}
	}
	return fmt.Sprintf("\nBoth sides produce the same ids, SHA-256 %s.", r.pairs[0].Ours.IDs)
}

// spread returns the median and the extremes of a value over the rounds.
func (r *results) spread(f func(pair) float64) spread {
	list := make([]float64, len(r.pairs))
	for i, p := range r.pairs {
		list[i] = f(p)
	}
	return newSpread(list)
}

// spread is a median with its extremes.
type spread struct{ median, low, high float64 }

func newSpread(values []float64) spread {
	return spread{stats.Median(values), slices.Min(values), slices.Max(values)}
}

func (s spread) text(format string) string {
	if math.IsNaN(s.median) || math.IsInf(s.median, 0) {
		return "not measured"
	}
	return fmt.Sprintf(format+" ("+format+" to "+format+")", s.median, s.low, s.high)
}
