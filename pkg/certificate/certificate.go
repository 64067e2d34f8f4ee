package certificate

import (
	"encoding/json"

	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/significance"
)

// format is the format of certificates that this version writes.
const format = 1

// Certificate is the content of certificate.json. The same run has the same certificate, byte for
// byte: it contains no date, and no path but those in the experiment.
type Certificate struct {
	Format      int                   `json:"format"`     // 1
	Experiment  json.RawMessage       `json:"experiment"` // the whole configuration, with its defaults written out
	Environment runfolder.Environment `json:"environment"`

	// Inputs are the SHA-256 digests of the parts of the data and the model, as in experiment.json:
	// class names and halves; configuration, weights and the tokenizer's files.
	Inputs map[string]map[string]string `json:"inputs"`
	// InputsLate reports that these were recorded after the start of the run.
	InputsLate bool `json:"inputs_recorded_late,omitempty"`

	Splits  Splits  `json:"splits"`
	Results Results `json:"results"`
	Cost    Cost    `json:"cost"`

	// Files are the SHA-256 digests of the run's files, by their paths in the run folder.
	Files map[string]string `json:"files"`
}

// Splits are the examples that were drawn from the data.
type Splits struct {
	Train      Split `json:"train"`
	Validation Split `json:"validation"`
	Test       Split `json:"test"`
}

// Split describes the examples of a split.
type Split struct {
	Examples int    `json:"examples"`
	Digest   string `json:"digest"` // SHA-256 of their texts, answers and ids, in their order
}

// Results are the main metric of the task on the test examples, before and after the training, with
// 95 % intervals. They follow from the predictions.
type Results struct {
	Examples   int                   `json:"examples"`
	Before     *runlist.Score        `json:"before"`
	After      *runlist.Score        `json:"after"`
	Difference significance.Estimate `json:"difference"` // after minus before, paired
}

// Cost is that of the training, over all processes that worked on it.
type Cost struct {
	Steps     int     `json:"steps"`
	Tokens    int     `json:"tokens"` // padding not counted
	Seconds   float64 `json:"seconds"`
	PeakBytes int64   `json:"peak_bytes,omitempty"`
	Trainable int     `json:"trainable"`     // number of trainable parameters
	Bytes     int64   `json:"adapter_bytes"` // size of the trained weights
}
