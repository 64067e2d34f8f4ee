package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	"github.com/lorabook/lorabook/internal/digest"
)

// Names of the files with the predictions for baseline.json and report.json, one line per example.
const (
	BaselinePredictionsFile = "baseline_predictions.jsonl"
	WordsPredictionsFile    = "bag_of_words_predictions.jsonl" // of a bag of words, without BERT
	ReportPredictionsFile   = "report_predictions.jsonl"

	// EvaluationPredictionsFile contains the predictions for evaluation.json.
	EvaluationPredictionsFile = "evaluation_predictions.jsonl"

	// ValidationPredictionsFile contains the trained model's predictions for the validation
	// examples, in the run folders of a sweep.
	ValidationPredictionsFile = "validation_predictions.jsonl"
)

// Tasks of predictions, with transformers' names, as the first line states them. A file without a
// task has one class per example.
const (
	oneClass   = ""
	multiLabel = "multi_label_classification"
	regression = "regression"
	tokenTags  = "token_classification"
)

// TaskError reports a file with predictions for another task than the one that was asked for.
type TaskError struct {
	File        string
	Found, Want string // the names of data.Task; "" means one class per example
}

func (e *TaskError) Error() string {
	name := func(task string) string {
		if task == oneClass {
			return "one class per example"
		}
		return task
	}
	return fmt.Sprintf("%s: contains predictions for the task %s, expected %s", e.File, name(e.Found), name(e.Want))
}

// predictionsHead is the first line of a file of predictions. The other lines are the examples.
type predictionsHead struct {
	Task     string   `json:"task,omitempty"` // "" means one class per example
	Classes  []string `json:"classes,omitempty"`
	Examples int      `json:"examples"`
	Sum      string   `json:"crc32c,omitempty"` // CRC-32C of the head without it and all lines; "" in files of an earlier version
}

// sum returns the checksum of a file with this head and these lines.
func (h predictionsHead) sum(lines []byte) string {
	h.Sum = ""
	head, _ := json.Marshal(h) // strings and numbers: Marshal cannot fail
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum(head, digest.Castagnoli), digest.Castagnoli, lines))
}

// writePredictions writes a file of predictions atomically. line returns the line of an example,
// which JSON can represent.
func (r *Folder) writePredictions(name string, head predictionsHead, line func(i int) any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for i := range head.Examples {
		_ = encoder.Encode(line(i)) // finite numbers written to memory: Encode cannot fail
	}
	head.Sum = head.sum(text.Bytes())
	var file bytes.Buffer
	encoder = json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(head)
	return WriteWhole(r.Path(name), append(file.Bytes(), text.Bytes()...))
}

// scores are a classifier's outputs for an example, one of the two: [classes].
type scores struct {
	Logits        []float32 `json:"logits,omitempty"`
	Probabilities []float32 `json:"probabilities,omitempty"`
}

// scoresOf returns the outputs for example i of all examples with k classes.
func scoresOf(logits, probabilities []float32, i, k int) scores {
	if logits != nil {
		return scores{Logits: logits[i*k : i*k+k]}
	}
	return scores{Probabilities: probabilities[i*k : i*k+k]}
}

// appendTo adds the outputs, which must have the number of classes, to those of other examples.
func (s scores) appendTo(logits, probabilities *[]float32, classes int) error {
	if found := len(s.Logits) + len(s.Probabilities); found != classes {
		return fmt.Errorf("%d values for %d classes", found, classes)
	}
	*logits = append(*logits, s.Logits...)
	*probabilities = append(*probabilities, s.Probabilities...)
	return nil
}

// predictionsReader collects the lines of a file of predictions for a task.
type predictionsReader interface {
	begin(classes []string)
	add(line []byte) error // adds an example
	Validate() error
}

// readPredictions reads a file of predictions for the task.
func (r *Folder) readPredictions(name, task string, into predictionsReader) error {
	if err := checkJSONName(name); err != nil {
		return err
	}
	path := r.Path(name)
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	line, err := parsePredictions(content, task, into)
	if other := (*TaskError)(nil); errors.As(err, &other) {
		other.File = path
		return err
	}
	if err != nil {
		return &DamagedError{
			File: path, Line: line, Err: err,
			Remedy: "delete it and the .json file of the same name, and run the experiment again: missing results are computed again",
		}
	}
	return nil
}

// parsePredictions reads the text of a file of predictions for the task.
func parsePredictions(content []byte, task string, into predictionsReader) (badLine int, err error) {
	lines := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	var head predictionsHead
	if _, err := decodeJSON(lines[0], &head, false); err != nil {
		return 1, err
	}
	if head.Task != task {
		return 1, &TaskError{Found: head.Task, Want: task}
	}
	if len(lines)-1 != head.Examples {
		return 0, fmt.Errorf("found %d lines of examples, expected %d according to its first line", len(lines)-1, head.Examples)
	}
	into.begin(head.Classes)
	for i, text := range lines[1:] {
		if err := into.add(text); err != nil {
			return i + 2, err
		}
	}
	if err := into.Validate(); err != nil {
		return 0, err
	}
	_, body, _ := bytes.Cut(content, []byte("\n"))
	if sum := head.sum(body); head.Sum != "" && head.Sum != sum {
		return 0, fmt.Errorf(`its checksum is %s, but "crc32c" in its first line states %s: the text was changed after it was written`, sum, head.Sum)
	}
	return 0, nil
}
