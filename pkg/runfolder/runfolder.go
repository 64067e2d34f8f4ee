package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// Names of the files of a run folder.
const (
	ExperimentFile  = "experiment.json"  // the whole configuration, and the environment
	SplitsFile      = "splits.json"      // ids and digests of the training, validation and test examples
	BaselineFile    = "baseline.json"    // metrics before training
	HistoryFile     = "history.jsonl"    // a line per logging step and per evaluation
	ReportFile      = "report.json"      // metrics before and after, their difference, cost
	CheckpointsDir  = "checkpoints"      // the state to resume from
	TrainingFile    = "training.json"    // the result of the training and its cost
	CertificateFile = "certificate.json" // digests of all that the run read and computed: see pkg/certificate
	PretrainedFile  = "pretrained.json"  // the result of a pre-training and its cost
	EvaluationFile  = "evaluation.json"  // metrics of a trained model on a data set: see pkg/testset
	AdapterDir      = "adapter"          // the best adapter, in PEFT's format
	ModelDir        = "model"            // a complete model in the hub's layout, of a full fine-tuning or a pre-training
	HeadDir         = "head"             // the trained head of a run without an adapter: HeadFile and the class names

	// HeadFile contains the trained tensors under the hub's names; its metadata "base_model"
	// names their model and "base_revision" its revision.
	HeadFile = "head.safetensors"

	// AdapterInitializationFile, in CheckpointsDir, contains the adapter's initial values, if they
	// depend on more than a seed.
	AdapterInitializationFile = "start.safetensors"
	// TeacherStatesFile contains the teacher's hidden states during a pre-training, and the
	// file with TeacherSumsEnding the checksums of its groups.
	TeacherStatesFile = "teacher_states.bin"
	TeacherSumsEnding = ".crc32c"

	// EventFiles matches the event files of pkg/tensorboard, which are copies of the history.
	EventFiles = "events.out.tfevents.*.lorabook"

	// LockFile is held by the process that writes to the folder; with [Join], only while it
	// writes ExperimentFile. The lock of a result is this name with the result's behind it,
	// ".lock.baseline.json".
	LockFile = ".lock"
)

// runFormat is the layout that this program writes. It is increased if earlier programs can no
// longer read a run folder correctly.
const runFormat = 1

// Folder is the folder of one run. A GoNB cell is a separate program, so results that another
// cell needs are stored here. Every file is written atomically, except the history, which grows
// by complete lines.
//
// [Create] opens it for writing, for one process at a time. [Join] opens it for several
// processes, which read at any time and compute each result once. [Open] opens it for reading at
// any time, also while another process writes.
type Folder struct {
	dir    string
	lock   *flock.Flock // of the whole folder; nil unless opened with Create
	record runRecord

	withdrawn bool // experiment.json was removed, since there are no results

	// For a folder opened with Join.
	shared    bool
	own       runRecord               // what this process writes into a new folder
	held      map[string]*flock.Flock // locks of results, by file name
	recording bool                    // the lock of experiment.json is held
}

// runRecord is the content of experiment.json. The experiment is any JSON value: the folder
// only compares it.
type runRecord struct {
	Format      int             `json:"format"`
	Experiment  json.RawMessage `json:"experiment"`
	Environment Environment     `json:"environment"`

	// Inputs contains the digests of the parts of each input, by the input's name. They are
	// recorded at the first reading, and compared when the folder is opened or the input is
	// read again. Folders of earlier versions have none.
	Inputs map[string]map[string]string `json:"inputs,omitempty"`
	// InputsLate reports that the digests were recorded after the start of the run: earlier
	// results may be from other inputs.
	InputsLate bool `json:"inputs_recorded_late,omitempty"`
}

// Create opens root/name for writing. A new folder is created with the experiment and the
// environment. An existing folder must contain the same experiment (see [Folder.Same]), and
// keeps its original environment.
//
// It returns a *BusyError while another process, or another Folder of this process, writes to
// the folder, and a *ChangedError if the folder contains another experiment. If experiment.json
// cannot be read, it returns a *DamagedError. If the folder is not a run folder, the error
// names it. Close releases the folder for other writers.
func Create(root, name string, experiment any, environment Environment) (*Folder, error) {
	r, err := newFolder(root, name, experiment, environment)
	if err != nil {
		return nil, err
	}
	if err := r.makeDir(); err != nil {
		return nil, err
	}
	if r.lock, err = r.lockFile(LockFile, ""); err != nil {
		return nil, err
	}
	if err := r.compareOrRecord(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// newFolder returns a Folder that writes the experiment and the environment if root/name is a
// new run folder. It reads and writes nothing.
func newFolder(root, name string, experiment any, environment Environment) (*Folder, error) {
	dir, err := runDir(root, name)
	if err != nil {
		return nil, err
	}
	now, err := json.Marshal(experiment)
	if err != nil {
		return nil, fmt.Errorf("run folder %s: the experiment cannot be written as JSON: %w", dir, err)
	}
	return &Folder{dir: dir, own: runRecord{Format: runFormat, Experiment: now, Environment: environment}}, nil
}

// makeDir creates the folder if it does not exist. An existing folder must be a run folder.
func (r *Folder) makeDir() error {
	if err := checkIsRun(r.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return fmt.Errorf("run folder %s: %w", r.dir, err)
	}
	return nil
}

// compareOrRecord compares the experiment with the folder's experiment, or writes it.
func (r *Folder) compareOrRecord() error {
	if err := r.sweep(); err != nil {
		return err
	}
	err := r.readRecord()
	if errors.Is(err, fs.ErrNotExist) {
		r.record = r.own
		return r.writeRecord()
	}
	if err != nil {
		return err
	}
	return r.Same(r.own.Experiment)
}

// writeRecord writes experiment.json.
func (r *Folder) writeRecord() error {
	r.withdrawn = false
	return writeJSON(r.Path(ExperimentFile), r.record)
}

// Open opens root/name for reading. The error matches fs.ErrNotExist if the run does not exist.
func Open(root, name string) (*Folder, error) {
	dir, err := runDir(root, name)
	if err != nil {
		return nil, err
	}
	r := &Folder{dir: dir}
	if err := r.readRecord(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s contains no run; start it, or use another name: %w", dir, err)
		}
		return nil, err
	}
	return r, nil
}

func (r *Folder) readRecord() error {
	const remedy = "restore the file from a copy, or delete the folder and run the experiment again"
	path := r.Path(ExperimentFile)
	if err := readJSON(path, &r.record, remedy); err != nil {
		return err
	}
	switch {
	case r.record.Format > runFormat:
		return fmt.Errorf("%s: written in format %d by a later version of lorabook; this one reads up to %d", path, r.record.Format, runFormat)
	case r.record.Format < 1 || len(r.record.Experiment) == 0:
		return &DamagedError{File: path, Err: errors.New("expected the fields format and experiment, found none"), Remedy: remedy}
	}
	return nil
}

// isRunFile reports whether a name is the name of a run folder's file.
func isRunFile(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".json" || ext == ".jsonl"
}

// Same returns nil if the experiment equals the folder's, otherwise a *ChangedError with the
// differing fields. It compares the JSON forms: a missing field equals a zero value.
func (r *Folder) Same(experiment any) error {
	now, err := json.Marshal(experiment)
	if err != nil {
		return fmt.Errorf("run folder %s: the experiment cannot be written as JSON: %w", r.dir, err)
	}
	changes, err := diffJSON(r.record.Experiment, now)
	if err != nil {
		return fmt.Errorf("run folder %s: %w", r.dir, err)
	}
	if len(changes) > 0 {
		return &ChangedError{Dir: r.dir, Changes: changes}
	}
	return nil
}

// Experiment reads the folder's experiment into v. A field that v does not define is an error,
// since it could affect the result.
func (r *Folder) Experiment(v any) error {
	if _, err := decodeJSON(r.record.Experiment, v, true); err != nil {
		if kind := r.Kind(); kind != "" {
			return fmt.Errorf("%s describes another kind of result (%q), expected that of another command: %w", r.Path(ExperimentFile), kind, err)
		}
		return fmt.Errorf("%s: this version of lorabook cannot read its experiment: %w", r.Path(ExperimentFile), err)
	}
	return nil
}

// EvaluationKind is the kind of the folders of pkg/testset.
const EvaluationKind = "evaluation"

// Kind returns the field "kind" of the folder's experiment: EvaluationKind, or "" for a run, which has none.
func (r *Folder) Kind() string {
	var of struct {
		Kind string `json:"kind"`
	}
	if r == nil || json.Unmarshal(r.record.Experiment, &of) != nil {
		return ""
	}
	return of.Kind
}

// Environment returns the environment at the start of the run.
func (r *Folder) Environment() Environment { return r.record.Environment }

// Dir returns the folder's path.
func (r *Folder) Dir() string { return r.dir }

// Path returns the path of a file or folder of the run.
func (r *Folder) Path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

// Close releases the folder for other writers. A second Close has no effect.
func (r *Folder) Close() error {
	r.shared = false
	locks := slices.Collect(maps.Values(r.held))
	r.held = nil
	if r.lock != nil {
		locks = append(locks, r.lock)
		r.lock = nil
	}
	var err error
	for _, lock := range locks {
		err = errors.Join(err, lock.Unlock())
	}
	return err
}
