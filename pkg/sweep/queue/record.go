package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/versions"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// Format is the version of messages and records. Workers and coordinators of different formats
// refuse each other.
const Format = 1

// Manifest describes a sweep to its workers.
type Manifest struct {
	Format   int             `json:"format"`
	Sweep    string          `json:"sweep"` // id
	Plan     json.RawMessage `json:"plan"`
	Versions Versions        `json:"versions"`
	Lease    time.Duration   `json:"lease"` // a trial without a sign of its worker for so long is delivered again
}

// Versions are the versions of what decides the numbers of a training.
type Versions struct {
	Format int    `json:"format"`
	Model  string `json:"model"` // of lorabook-tiny
	versions.Versions
}

// CurrentVersions returns the versions of this program with an engine.
func CurrentVersions(backend compute.Backend) (Versions, error) {
	if backend == nil {
		return Versions{}, errors.New("queue: the backend is nil, expected that of an opened engine")
	}
	model, err := tiny.Version()
	if err != nil {
		return Versions{}, err
	}
	e := runfolder.CurrentEnvironment("")
	return Versions{Format, model, versions.Of(backend.Description(), e.Platform, e.Modules)}, nil
}

// VersionError is the error of a worker whose versions are not those of the sweep.
type VersionError struct {
	Sweep       string
	Differences []string
}

// Error implements error.
func (e *VersionError) Error() string {
	return fmt.Sprintf("sweep %s: this worker has other versions: %s; trials would have other numbers: use the program and the engine of the sweep, or name another sweep of the server (Options.Sweep, --sweep)", e.Sweep, strings.Join(e.Differences, "; "))
}

// Check returns a *VersionError if a worker with the versions mine would compute other numbers.
func (m Manifest) Check(mine Versions) error {
	const of = "the sweep's"
	list := versions.Difference("the format of messages", fmt.Sprint(m.Format), fmt.Sprint(mine.Format), of)
	list = append(list, versions.Difference("the version of "+tiny.Name, m.Versions.Model, mine.Model, of)...)
	if list = append(list, m.Versions.Differences(mine.Versions, of)...); len(list) > 0 {
		return &VersionError{m.Sweep, list}
	}
	return nil
}

// State is the state of a trial.
type State string

// The states of a trial.
const (
	Waiting State = "waiting" // its message is in the queue
	Running State = "running" // a worker has its message
	Paused  State = "paused"  // trained to its rung, and not selected for the next one so far
	Done    State = "done"
	Parked  State = "parked" // given up, with its errors
)

// Limits of a trial.
const (
	MostFailures  = 3  // attempts that end with an error
	MostAbandoned = 20 // attempts whose worker ended without a word
)

// Task is a message of the work queue.
type Task struct {
	Format int    `json:"format"`
	Trial  string `json:"trial"`            // key
	Epochs int    `json:"epochs,omitempty"` // where the training pauses; 0: at its end
}

// Record is the state of a trial in the key-value store.
type Record struct {
	Key    string `json:"key"`
	Number int    `json:"number"` // in the plan; 0 is the default
	// Experiment is the experiment as it was given, without defaults: of some sizes the default
	// depends on the data. Key is the digest with defaults.
	Experiment json.RawMessage              `json:"experiment"`
	Inputs     map[string]map[string]string `json:"inputs"` // digests of data and model
	State      State                        `json:"state"`
	Epochs     int                          `json:"epochs,omitempty"` // where the training pauses; 0: at its end

	Message   uint64   `json:"message,omitempty"` // sequence number of the message that the worker has
	Worker    string   `json:"worker,omitempty"`  // of the last attempt
	Attempts  int      `json:"attempts,omitempty"`
	Failures  []string `json:"failures,omitempty"`  // errors of attempts
	Abandoned int      `json:"abandoned,omitempty"` // attempts whose worker ended without a word
	Resumed   int      `json:"resumed,omitempty"`   // attempts that began with a checkpoint

	Rungs  []Rung  `json:"rungs,omitempty"`
	Result *Result `json:"result,omitempty"`
	// Disagrees reports that another worker computed another result for the same trial.
	Disagrees string `json:"disagrees,omitempty"`

	Write string `json:"write"` // identifies the write, for one whose answer was lost

	Revision uint64 `json:"-"` // in the key-value store
}

// Rung is the best evaluation of a training in its first epochs.
type Rung struct {
	Epochs   int                `json:"epochs"`
	Loss     float64            `json:"loss"`
	Accuracy float64            `json:"accuracy,omitempty"`
	Metrics  map[string]float64 `json:"metrics,omitempty"`
	Seconds  float64            `json:"seconds,omitempty"` // of the training until then
}

// Result is the result of a trial. Equal experiments have equal results, except for the times.
type Result struct {
	Diverged string             `json:"diverged,omitempty"` // why the training has no result
	Steps    int                `json:"steps"`
	BestStep int                `json:"best_step"`
	Loss     float64            `json:"loss"` // on the validation examples, of the kept state
	Accuracy float64            `json:"accuracy,omitempty"`
	Metrics  map[string]float64 `json:"metrics,omitempty"`
	// Weights are the digests of the trained weights, by their path in the run folder.
	Weights    map[string]string `json:"weights,omitempty"`
	Validation string            `json:"validation,omitempty"` // digest of the validation examples
	Seconds    float64           `json:"seconds"`
}

// Same reports whether two results are equal, except for the times.
func (r *Result) Same(other *Result) bool {
	return r.Steps == other.Steps && r.BestStep == other.BestStep && r.Loss == other.Loss && r.Accuracy == other.Accuracy &&
		maps.Equal(r.Metrics, other.Metrics) && maps.Equal(r.Weights, other.Weights) && (r.Diverged == "") == (other.Diverged == "")
}

// Heartbeat is the last sign of a worker.
type Heartbeat struct {
	Worker string    `json:"worker"`
	Trial  string    `json:"trial,omitempty"`
	Step   int       `json:"step,omitempty"`
	Error  string    `json:"error,omitempty"` // why it ended
	Time   time.Time `json:"time"`
}

// Key returns the key of an experiment: the digest of its JSON form with defaults.
func Key(e finetune.Experiment) (string, error) {
	e, err := e.WithDefaults()
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	sum := digest.NewStrings()
	sum.Add(string(text))
	return strings.TrimPrefix(sum.String(), "sha256:")[:32], nil
}
