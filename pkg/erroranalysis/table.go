package erroranalysis

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/regularfile"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/significance"
)

// kinds are the kinds of errors that a reader fills in. WrongLabel means that the reader agrees with
// the model.
var kinds = []string{"irony", "mixed", WrongLabel, "cut", "other"}

// WrongLabel is the kind of an example whose label is wrong by the reader's judgement.
const WrongLabel = "wrong label"

// header are the columns of the table.
var header = []string{"id", "label", "answer", "probability", "tokens", "cut", "duplicate", "kind", "note"}

// maxBytes is the largest size of a table that Summarize reads.
const maxBytes = 64 << 20

// Kinds returns the values of the column kind.
func Kinds() []string { return slices.Clone(kinds) }

// Write writes the mistakes to a new CSV file, without texts, and with the empty columns kind and note
// for a reader. An existing file is an error: it may be filled in.
func Write(path string, list []Mistake) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("error analysis: %s exists, expected a new file: it may be filled in already", path)
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.Write(header) // to memory
	for _, m := range list {
		_ = w.Write([]string{m.ID, m.Label, m.Answer, strconv.FormatFloat(m.Probability, 'f', 6, 64), strconv.Itoa(m.Tokens), strconv.FormatBool(m.Cut), m.Duplicate, "", ""})
	}
	w.Flush()
	return errors.Join(w.Error(), runfolder.WriteWhole(path, text.Bytes()))
}

// Summary counts the kinds of a table that a reader filled in.
type Summary struct {
	Rows   int            `json:"rows"`
	Filled int            `json:"filled"` // rows with a kind
	Counts map[string]int `json:"counts"` // by kind
	// WrongLabels is the share of wrong labels among the rows with a kind, 0 to 1, with its interval
	// ([significance.Wilson], 95 %).
	WrongLabels float64               `json:"wrong_labels"`
	Interval    significance.Interval `json:"interval"`
}

// Summarize reads a table of Write that a reader filled in. Rows without a kind are counted and left
// out. An unknown kind, a missing column and a repeated id are errors with the line.
func Summarize(path string) (*Summary, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, fmt.Errorf("error analysis: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("error analysis: %w", err)
	}
	if len(content) > maxBytes {
		return nil, fmt.Errorf("error analysis: %s has more than %d bytes, expected a table of mistakes", path, maxBytes)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))) // spreadsheets write the mark
	r.FieldsPerRecord = -1
	columns, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("error analysis: %s: %w, expected the columns %s", path, err, strings.Join(header, ", "))
	}
	id, kind := slices.Index(columns, "id"), slices.Index(columns, "kind")
	if id < 0 || kind < 0 {
		return nil, fmt.Errorf("error analysis: %s, line 1: found the columns %q, expected id and kind among them, separated by commas", path, columns)
	}
	s := &Summary{Counts: map[string]int{}}
	seen := map[string]int{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("error analysis: %s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		if len(row) != len(columns) {
			return nil, fmt.Errorf("error analysis: %s, line %d: found %d fields, expected %d", path, line, len(row), len(columns))
		}
		if first, again := seen[row[id]]; again {
			return nil, fmt.Errorf("error analysis: %s, line %d: the id %q is in line %d already", path, line, row[id], first)
		}
		seen[row[id]] = line
		s.Rows++
		value := strings.ToLower(strings.TrimSpace(row[kind]))
		if value == "" {
			continue
		}
		if !slices.Contains(kinds, value) {
			return nil, fmt.Errorf("error analysis: %s, line %d: kind is %q, expected one of %q, or nothing", path, line, row[kind], kinds)
		}
		s.Filled++
		s.Counts[value]++
	}
	if s.Filled == 0 {
		return nil, fmt.Errorf("error analysis: %s has no row with a kind: fill the column in, with one of %q", path, kinds)
	}
	s.WrongLabels = float64(s.Counts[WrongLabel]) / float64(s.Filled)
	s.Interval, err = significance.Wilson(s.Counts[WrongLabel], s.Filled, 0.95)
	return s, err
}

// String lists the kinds and the share of wrong labels.
func (s *Summary) String() string {
	var list []string
	for _, kind := range kinds {
		if n := s.Counts[kind]; n > 0 {
			list = append(list, fmt.Sprintf("%d %s", n, kind))
		}
	}
	return fmt.Sprintf("%d of %d mistakes have a kind: %s\nwrong labels: %.1f %% of these, 95 %% interval %.1f to %.1f (of mistakes as sure as these, not of all)",
		s.Filled, s.Rows, strings.Join(list, ", "), 100*s.WrongLabels, 100*s.Interval.Low, 100*s.Interval.High)
}
