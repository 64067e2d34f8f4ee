package runlist

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// List contains the runs of a folder. Its JSON form is the output of `kernel runs --json`.
type List struct {
	Dir    string  `json:"dir"`
	Groups []Group `json:"groups"` // one for each test set, sorted by data and size
	Others []Other `json:"others"` // folders without a run that can be compared, sorted by name
}

// Group contains runs with the same task and the same test examples.
type Group struct {
	Data     string    `json:"data"`          // source of the examples, of the first run
	Test     int       `json:"test_examples"` // 0 if no run has measured yet and all are used
	Classes  int       `json:"classes"`       // 0 if no run has measured yet, and for data.Regression
	Task     data.Task `json:"task"`          // of all runs
	Metric   Metric    `json:"metric"`        // the main metric of the task
	TestSet  string    `json:"test_set"`      // identifies the test set in this list
	Settings []Setting `json:"settings"`      // those that differ between the runs
	Runs     []Run     `json:"runs"`          // complete ones first, the best first; the others by name
}

// Run is one run.
type Run struct {
	Name  string `json:"name"`  // of its folder
	State State  `json:"state"` // how far it is
	// Writer describes the process that writes to the run's folder now, "" if none does.
	Writer string `json:"writer,omitempty"`
	// LastWriter describes the process that wrote last if this machine cannot tell whether it
	// still writes, for example because it ran on another machine.
	LastWriter string `json:"last_writer,omitempty"`

	Step  int `json:"step"`  // optimizer steps done, as far as a checkpoint or the history has them
	Steps int `json:"steps"` // of the whole training; 0 if it is not known yet

	Before *Score `json:"before"` // of the untrained model; nil if not measured yet
	After  *Score `json:"after"`  // of the trained model; nil if not measured yet

	TrainingSeconds float64 `json:"training_seconds"` // of training and validation so far
	AdapterBytes    int64   `json:"adapter_bytes"`    // of the file with the trained weights; 0 until the run is complete
	Trainable       int     `json:"trainable"`        // parameters that learn; 0 until the training is done
	PeakBytes       int64   `json:"peak_bytes"`       // peak memory of the training; 0 until it is done, and where the system does not report it

	// Values are the run's values of the group's settings; an adapter's settings are missing
	// if the run has no adapter.
	Values map[string]string `json:"settings"`

	Experiment *finetune.Experiment `json:"experiment"`

	testSet  string // digest of the test examples; "" if not measured yet
	testPlan string // what the experiment says about its test examples
	examples int    // of the test set; 0 if that is not known yet
	classes  int
	settings map[string]string // all of them, by path
}

// State is how far a run is.
type State string

// The states of a run.
const (
	Complete State = "complete" // it has a report
	Trained  State = "trained"  // the training is done, the evaluation is missing
	Stopped  State = "stopped"  // the training has begun, and can be resumed
	Baseline State = "baseline" // only the untrained model was evaluated
	Begun    State = "begun"    // it has no results yet
)

// Other is a folder without a run that can be compared.
type Other struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Read returns the runs of the folder dir, or the run dir itself. Files, and folders with a name
// that begins with a dot, are not runs and are left out. The error matches fs.ErrNotExist if dir
// does not exist.
func Read(dir string) (*List, error) {
	list := &List{Dir: dir, Groups: []Group{}, Others: []Other{}}
	var runs []Run
	add := func(root, name string) {
		run, err := read(root, name)
		if err != nil {
			list.Others = append(list.Others, Other{Name: name, Reason: err.Error()})
			return
		}
		runs = append(runs, *run)
	}
	if isRun(dir) {
		add(filepath.Split(absolute(dir)))
	} else {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("runs: %w", err)
		}
		for _, e := range entries {
			// A link to a folder is a folder.
			info, err := os.Stat(filepath.Join(dir, e.Name()))
			if strings.HasPrefix(e.Name(), ".") || err == nil && !info.IsDir() {
				continue
			}
			if err != nil {
				list.Others = append(list.Others, Other{Name: e.Name(), Reason: err.Error()})
				continue
			}
			add(dir, e.Name())
		}
	}
	list.Groups = group(runs)
	return list, nil
}

// isRun reports whether a folder is a run folder.
func isRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, runfolder.ExperimentFile))
	return err == nil
}

// absolute gives "." a name.
func absolute(dir string) string {
	if path, err := filepath.Abs(dir); err == nil {
		return path
	}
	return dir
}

// group sorts runs into groups with the same test examples. A run that has measured nothing yet
// is in the group of a run with the same plan, if there is one.
func group(runs []Run) []Group {
	planned := map[string]string{} // plan to test set
	for _, r := range runs {
		if r.testSet != "" {
			planned[r.testPlan] = r.testSet
		}
	}
	members := map[string][]Run{}
	for _, r := range runs {
		key := cmp.Or(r.testSet, planned[r.testPlan], r.testPlan)
		members[key] = append(members[key], r)
	}
	groups := make([]Group, 0, len(members))
	for key, runs := range members {
		groups = append(groups, newGroup(key, runs))
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Data, b.Data), cmp.Compare(b.Test, a.Test), cmp.Compare(a.TestSet, b.TestSet))
	})
	return groups
}

func newGroup(key string, runs []Run) Group {
	slices.SortFunc(runs, func(a, b Run) int {
		if a.After != nil && b.After != nil {
			return cmp.Or(a.After.compare(*b.After), cmp.Compare(a.Name, b.Name))
		}
		if a.After != nil || b.After != nil {
			return map[bool]int{true: -1, false: 1}[a.After != nil]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	task := cmp.Or(runs[0].Experiment.Task, data.SingleLabel)
	g := Group{Data: runs[0].Experiment.Data.Source, TestSet: key, Task: task, Metric: mainMetric(task), Runs: runs}
	for _, r := range runs {
		g.Test, g.Classes = max(g.Test, r.examples), max(g.Classes, r.classes)
	}
	g.Settings = differing(runs)
	for i := range runs {
		runs[i].Values = map[string]string{}
		for _, s := range g.Settings {
			if v, ok := runs[i].settings[s.Path]; ok {
				runs[i].Values[s.Path] = v
			}
		}
	}
	return g
}
