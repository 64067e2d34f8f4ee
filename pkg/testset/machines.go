package testset

import (
	"errors"
	"io/fs"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// machinesFile lists the environments that computed the stored parts, until the evaluation is finished.
const machinesFile = "evaluation_machines.json"

// machinesRecord is the content of machinesFile.
type machinesRecord struct {
	Machines runfolder.Machines `json:"machines"`
}

// readMachines returns the environments that computed the stored parts. The parts of an earlier version of
// this module are those of the environment that began the evaluation.
func readMachines(run *runfolder.Folder) (runfolder.Machines, error) {
	var record machinesRecord
	err := run.Read(machinesFile, &record)
	if errors.Is(err, fs.ErrNotExist) {
		if len(folder.Match(run.Dir(), partFiles)) > 0 {
			return runfolder.Machines{}.With(run.Environment()), nil
		}
		return nil, nil
	}
	return record.Machines, err
}

// machinesWarning says that several environments computed the predictions; "" for one.
func machinesWarning(m runfolder.Machines) string {
	return m.Warning("evaluation", "The predictions can differ in their last digits from those of one alone; for predictions of one, delete the folder and evaluate again")
}
