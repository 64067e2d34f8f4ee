package runfolder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Names of the files with the predictions for baseline.json and report.json, one line per example.
const (
	BaselinePredictionsFile = "baseline_predictions.jsonl"
	ReportPredictionsFile   = "report_predictions.jsonl"
)

// predictionsHead is the first line of a file of predictions. The other lines are the examples.
type predictionsHead struct {
	Classes  []string `json:"classes"`
	Examples int      `json:"examples"`
	Sum      string   `json:"crc32c,omitempty"` // CRC-32C of the head without it and all lines; "" in files of an earlier version
}

// sum returns the checksum of a file with this head and these lines.
func (h predictionsHead) sum(lines []byte) string {
	h.Sum = ""
	head, _ := json.Marshal(h) // strings and numbers: Marshal cannot fail
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum(head, digest.Castagnoli), digest.Castagnoli, lines))
}

type predictionsLine struct {
	ID            string    `json:"id,omitempty"`
	Label         int       `json:"label"`
	Logits        []float32 `json:"logits,omitempty"`
	Probabilities []float32 `json:"probabilities,omitempty"`
}

// WritePredictions writes the predictions atomically, one JSON line per example. Every float32 is
// read back unchanged.
func (r *Folder) WritePredictions(name string, p *metrics.Predictions) error {
	if err := r.writable(name); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return fmt.Errorf("%s not written: %w", r.Path(name), err)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	// Finite numbers written to memory: Encode cannot fail.
	k := len(p.Classes)
	for i, label := range p.Labels {
		line := predictionsLine{Label: label}
		if p.IDs != nil {
			line.ID = p.IDs[i]
		}
		if p.Logits != nil {
			line.Logits = p.Logits[i*k : i*k+k]
		} else {
			line.Probabilities = p.Probabilities[i*k : i*k+k]
		}
		_ = encoder.Encode(line)
	}
	head := predictionsHead{Classes: p.Classes, Examples: p.Len()}
	head.Sum = head.sum(text.Bytes())
	var file bytes.Buffer
	encoder = json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(head)
	return WriteWhole(r.Path(name), append(file.Bytes(), text.Bytes()...))
}

// ReadPredictions reads the file of [Folder.WritePredictions]. The error matches fs.ErrNotExist
// if the file does not exist, and is a *DamagedError if it is damaged.
func (r *Folder) ReadPredictions(name string) (*metrics.Predictions, error) {
	if err := checkJSONName(name); err != nil {
		return nil, err
	}
	path := r.Path(name)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, line, err := parsePredictions(content)
	if err != nil {
		return nil, &DamagedError{
			File: path, Line: line, Err: err,
			Remedy: "delete it and the .json file of the same name, and run the experiment again: missing results are computed again",
		}
	}
	return p, nil
}

func parsePredictions(content []byte) (p *metrics.Predictions, badLine int, err error) {
	lines := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	var head predictionsHead
	if _, err := decodeJSON(lines[0], &head, false); err != nil {
		return nil, 1, err
	}
	if len(lines)-1 != head.Examples {
		return nil, 0, fmt.Errorf("found %d lines of examples, expected %d according to its first line", len(lines)-1, head.Examples)
	}
	p = &metrics.Predictions{Classes: head.Classes}
	for i, text := range lines[1:] {
		var line predictionsLine
		if _, err := decodeJSON(text, &line, false); err != nil {
			return nil, i + 2, err
		}
		if found := len(line.Logits) + len(line.Probabilities); found != len(head.Classes) {
			return nil, i + 2, fmt.Errorf("%d values for %d classes", found, len(head.Classes))
		}
		if line.ID != "" {
			p.IDs = append(p.IDs, line.ID)
		}
		p.Labels = append(p.Labels, line.Label)
		p.Logits = append(p.Logits, line.Logits...)
		p.Probabilities = append(p.Probabilities, line.Probabilities...)
	}
	if err := p.Validate(); err != nil {
		return nil, 0, err
	}
	_, body, _ := bytes.Cut(content, []byte("\n"))
	if sum := head.sum(body); head.Sum != "" && head.Sum != sum {
		return nil, 0, fmt.Errorf(`its checksum is %s, but "crc32c" in its first line states %s: the text was changed after it was written`, sum, head.Sum)
	}
	return p, 0, nil
}
