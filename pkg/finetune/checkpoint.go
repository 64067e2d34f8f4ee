package finetune

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// checkpointFile holds the variables of training and, in its metadata, where
// training stands: one file, so that the two cannot disagree.
const checkpointFile = "last.safetensors"

// position is where training stands: what, with the variables, decides all that
// comes after.
type position struct {
	Step         int     `json:"step"`          // updates done
	BestLoss     float64 `json:"best_loss"`     // of validation, of what is kept so far
	BestAccuracy float64 `json:"best_accuracy"` // the same
	BestStep     int     `json:"best_step"`     // 0: none yet
	Worse        int     `json:"worse"`         // evaluations since the best
	Due          bool    `json:"due"`           // the step's evaluation is still to be made
	Done         bool    `json:"done"`          // all steps done, or stopped early
	Seconds      float64 `json:"seconds"`       // of training and validation
	Tokens       int     `json:"tokens"`        // trained on, padding not counted
	LineLoss     float64 `json:"line_loss"`     // summed since the last line of the history
	LineCount    float64 `json:"line_count"`    // what its mean divides by
	LineTokens   int     `json:"line_tokens"`   // tokens since then
	LineSeconds  float64 `json:"line_seconds"`  // time since then

	EpochSeconds []float64 `json:"epoch_seconds"` // of the steps of each epoch begun
	PeakBytes    int64     `json:"peak_bytes"`    // of the processes until now

	Files map[string]string `json:"files,omitempty"` // digests of the best state's files that hold no checksum; none in checkpoints of earlier versions
}

// saveCheckpoint writes the training variables and the position, which is any JSON
// value, whole or not at all.
func saveCheckpoint(folder *runfolder.Folder, store *model.Store, at any) error {
	state, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return writeVariables(folder.Path(runfolder.CheckpointsDir, checkpointFile), trainer.StateVariables(store), map[string]string{"position": string(state)})
}

// writeVariables writes the values of variables, by the names in the file, to the file
// path, whole or not at all, with checksums.
func writeVariables(path string, variables map[string]*model.Variable, metadata map[string]string) error {
	var named []safetensors.Named
	for name, v := range variables {
		value, err := v.Value()
		if err != nil {
			return err
		}
		n, err := safetensors.FromTensor(name, value)
		if err != nil {
			return err
		}
		named = append(named, n)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return safetensors.Write(path, named, safetensors.WithChecksums(metadata))
}

// readPosition reads into at where training stands, without its variables; where
// there is no checkpoint, at stays as it is.
func readPosition(folder *runfolder.Folder, at any) (err error) {
	f, err := openCheckpoint(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := json.Unmarshal([]byte(f.Metadata()["position"]), at); err != nil {
		return damagedCheckpoint(folder, err)
	}
	return nil
}

// loadCheckpoint gives the store's training variables the values of the
// checkpoint. Variables that the optimizer makes in its first step are made here.
func loadCheckpoint(folder *runfolder.Folder, store *model.Store) (err error) {
	f, err := openCheckpoint(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	known := trainer.StateVariables(store)
	for name, v := range known {
		if _, shape, ok := f.Info(name); !ok || fmt.Sprint(shape) != fmt.Sprint(v.Shape().Dimensions) {
			return damagedCheckpoint(folder, fmt.Errorf("tensor %s is %v, expected %v", name, shape, v.Shape().Dimensions))
		}
	}
	for _, name := range f.Names() {
		value, err := f.Tensor(name)
		if err != nil {
			return damagedCheckpoint(folder, err)
		}
		if v, ok := known[name]; ok {
			err = v.SetValue(value)
		} else {
			store.VariableWithValue("/"+name, value).SetTrainable(false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func openCheckpoint(folder *runfolder.Folder) (*safetensors.File, error) {
	f, err := safetensors.Open(folder.Path(runfolder.CheckpointsDir, checkpointFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, damagedCheckpoint(folder, err)
	}
	return f, err
}

func damagedCheckpoint(folder *runfolder.Folder, err error) error {
	return &runfolder.DamagedError{
		File: folder.Path(runfolder.CheckpointsDir, checkpointFile), Err: err,
		Mend: "delete the folder " + folder.Path(runfolder.CheckpointsDir) + " and train again from the start",
	}
}
