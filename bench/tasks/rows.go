package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data"
)

// row is an example in a JSON Lines file. Label is a class's name, a list of them or a number in a
// data set; in the peer's files it is what the network learns: the index of the class, 0 or 1 for
// each class, a number, or the index of each word's tag. A sentence of words has Words, and Tags in
// a data set, in place of Text and Label.
type row struct {
	Text     string   `json:"text,omitempty"`
	TextPair string   `json:"text_pair,omitempty"`
	Words    []string `json:"words,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Label    any      `json:"label,omitempty"`
}

// writeRows writes rows as JSON Lines, with the folders that are missing.
func writeRows(path string, rows []row) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, r := range rows {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// peerRows returns examples of a task as the peer reads them.
func peerRows(task data.Task, examples []data.Example, classes int) ([]row, error) {
	rows := make([]row, len(examples))
	for i, e := range examples {
		rows[i] = row{Text: e.Text, TextPair: e.TextPair}
		switch task {
		case data.SingleLabel:
			rows[i].Label = e.Label
		case data.MultiLabel:
			hot := make([]float64, classes)
			for _, class := range e.Labels {
				hot[class] = 1
			}
			rows[i].Label = hot
		case data.Regression:
			rows[i].Label = e.Value
		case data.TokenClassification:
			rows[i] = row{Words: e.Words, Label: e.Tags}
		default:
			return nil, fmt.Errorf("the peer has no task %s", task)
		}
	}
	return rows, nil
}
