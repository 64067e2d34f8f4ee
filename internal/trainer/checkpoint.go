package trainer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/lorabook/lorabook/internal/mismatch"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// CheckpointFile, in runfolder.CheckpointsDir, contains the variables of a training and, in its
// metadata, the position: one file, so that the two cannot disagree.
const CheckpointFile = "last.safetensors"

// Position is the position of a training. Together with the variables it determines the rest of
// the training. A checkpoint contains it as JSON, with more fields if the caller's state embeds
// it.
type Position struct {
	Step        int     `json:"step"`         // number of updates
	Due         bool    `json:"due"`          // the step's evaluation is not done yet
	Done        bool    `json:"done"`         // all steps and the last evaluation are done, or training stopped early
	Seconds     float64 `json:"seconds"`      // of training and evaluation, over all processes
	Tokens      int     `json:"tokens"`       // training tokens, padding not counted
	LineLoss    float64 `json:"line_loss"`    // sum since the last line of the history
	LineCount   float64 `json:"line_count"`   // divisor of its mean
	LineTokens  int     `json:"line_tokens"`  // tokens since then
	LineSeconds float64 `json:"line_seconds"` // time since then

	EpochSeconds []float64 `json:"epoch_seconds"`   // of the steps of each epoch so far, without evaluations
	Lines        int       `json:"lines,omitempty"` // number of lines that were written to the history; 0 in checkpoints of earlier versions
	Steps        int       `json:"steps,omitempty"` // number of updates of the whole training; 0 in checkpoints of earlier versions
	PeakBytes    int64     `json:"peak_bytes"`      // peak resident memory of the processes

	Machines runfolder.Machines `json:"machines,omitempty"` // that trained up to here; none in checkpoints of earlier versions
}

// ReadPosition reads the position of the folder's checkpoint into at, a pointer to a
// [Position] or a struct that embeds it. Without a checkpoint, at is unchanged.
func ReadPosition(folder *runfolder.Folder, at any) (err error) {
	f, err := openCheckpoint(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return readPosition(f, folder, at)
}

// readPosition reads the position of an open checkpoint.
func readPosition(f *safetensors.File, folder *runfolder.Folder, at any) error {
	if err := json.Unmarshal([]byte(f.Metadata()["position"]), at); err != nil {
		return damagedCheckpoint(folder, err)
	}
	return nil
}

// saveCheckpoint writes the training's variables and the position.
func saveCheckpoint(folder *runfolder.Folder, store *model.Store, at any) error {
	state, err := json.Marshal(at)
	if err != nil {
		return err
	}
	path := folder.Path(runfolder.CheckpointsDir, CheckpointFile)
	return variables.Write(path, stateVariables(store), map[string]string{"position": string(state)})
}

// loadCheckpoint sets the store's variables to the values of the checkpoint, and adds those that
// the optimizer creates in its first step. If tensors do not fit, the error lists all of them and
// the store is unchanged.
func loadCheckpoint(folder *runfolder.Folder, store *model.Store) (err error) {
	f, err := openCheckpoint(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	known := stateVariables(store)
	if err := checkCheckpoint(f, known); err != nil {
		return damagedCheckpoint(folder, err)
	}
	if err := setVariables(f, folder, known); err != nil {
		return err
	}
	for _, name := range created(store) {
		if _, _, ok := f.Info(name); !ok || known[name] != nil {
			continue
		}
		value, err := f.Tensor(name)
		if err != nil {
			return damagedCheckpoint(folder, err)
		}
		store.VariableWithValue("/"+name, value).SetTrainable(false)
	}
	return nil
}

// LoadTrained sets the trainable variables of a store to their values in the folder's checkpoint, and at to
// its position, as [ReadPosition] does. Both are of one checkpoint, even while a training replaces the file.
// Other tensors of the checkpoint are not read. A missing checkpoint is an error that matches fs.ErrNotExist.
func LoadTrained(folder *runfolder.Folder, store *model.Store, at any) (err error) {
	f, err := openCheckpoint(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := readPosition(f, folder, at); err != nil {
		return err
	}
	list := map[string]*model.Variable{}
	for name, v := range stateVariables(store) {
		if v.Trainable {
			list[name] = v
		}
	}
	for _, name := range slices.Sorted(maps.Keys(list)) {
		v := list[name]
		want, err := safetensors.FromShape(name, v.Shape())
		if err != nil {
			return err
		}
		if dtype, shape, ok := f.Info(name); !ok || dtype != want.DType || !slices.Equal(shape, want.Shape) {
			return damagedCheckpoint(folder, fmt.Errorf("the tensor %s is %s %v, expected %s %v as in the model", name, cmp.Or(dtype, "missing"), shape, want.DType, want.Shape))
		}
	}
	return setVariables(f, folder, list)
}

// setVariables sets variables to the values of the tensors of their names.
func setVariables(f *safetensors.File, folder *runfolder.Folder, list map[string]*model.Variable) error {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		value, err := f.Tensor(name)
		if err != nil {
			return damagedCheckpoint(folder, err)
		}
		if err := list[name].SetValue(value); err != nil {
			return err
		}
	}
	return nil
}

// created returns the names of the variables that the optimizer creates, in that order. A program's
// results have the order of the store's variables: in another order, a resumed training would not find
// the programs that XLA compiled for the process before it.
func created(store *model.Store) []string {
	names := []string{globalStep, adamStep}
	for _, v := range Trainable(store.RootScope(), nil) {
		name := strings.TrimPrefix(v.Path(), "/")
		names = append(names, momentNames(name)...)
	}
	return names
}

// checkCheckpoint compares the tensors of a checkpoint with the store's variables and with those
// that the optimizer creates later: its counters and, for each updated variable, both moments in
// its shape.
func checkCheckpoint(f *safetensors.File, known map[string]*model.Variable) error {
	bad := &variables.TensorsError{} // damagedCheckpoint names the file
	type form struct {
		dtype string
		shape []int
	}
	want := map[string]form{globalStep: {dtype: "I64"}, adamStep: {dtype: "F32"}}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		v := known[name]
		n, err := safetensors.FromShape(name, v.Shape())
		if err != nil {
			return err
		}
		want[name] = form{n.DType, n.Shape}
		moments := momentNames(name)
		if v.Trainable && slices.ContainsFunc(moments, func(moment string) bool { _, _, has := f.Info(moment); return has }) {
			for _, moment := range moments {
				want[moment] = want[name]
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		dtype, shape, ok := f.Info(name)
		if w := want[name]; !ok {
			bad.Missing = append(bad.Missing, name)
		} else if dtype != w.dtype || !slices.Equal(shape, w.shape) {
			bad.Misshapen = append(bad.Misshapen, mismatch.Misshapen{Name: name, FoundType: dtype, Found: shape, WantType: w.dtype, Want: w.shape})
		}
	}
	for _, name := range f.Names() {
		if _, known := want[name]; !known {
			bad.Unexpected = append(bad.Unexpected, name)
		} else if _, err := f.Checked(name); err != nil {
			bad.Damaged = append(bad.Damaged, err)
		}
	}
	return bad.OrNil()
}

// Names of the optimizer's variables in a checkpoint.
const (
	globalStep = optimizer.GlobalStepVariableName
	adamStep   = adamScope + "/step"
	first      = "_1st_moment"
	second     = "_2nd_moment"
)

// momentNames returns the names of a variable's moments in a checkpoint, the first and the second.
func momentNames(variable string) []string {
	name := adamScope + "/" + variable
	return []string{name + first, name + second}
}

// stateVariables returns the variables that a training changes, by their names in a checkpoint:
// the trainable ones, the optimizer's moments and counters, and the random state.
func stateVariables(store *model.Store) map[string]*model.Variable {
	list := map[string]*model.Variable{}
	for v := range store.IterVariables() {
		path := v.Path()
		if v.Trainable || path == "/"+model.RNGStateVariableName || path == "/"+globalStep ||
			strings.HasPrefix(path, "/"+adamScope+"/") {
			list[strings.TrimPrefix(path, "/")] = v
		}
	}
	return list
}

func openCheckpoint(folder *runfolder.Folder) (*safetensors.File, error) {
	f, err := safetensors.Open(folder.Path(runfolder.CheckpointsDir, CheckpointFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, damagedCheckpoint(folder, err)
	}
	return f, err
}

func damagedCheckpoint(folder *runfolder.Folder, err error) error {
	return &runfolder.DamagedError{
		File: folder.Path(runfolder.CheckpointsDir, CheckpointFile), Err: err,
		Remedy: "delete the folder " + folder.Path(runfolder.CheckpointsDir) + " and train again from the start",
	}
}
