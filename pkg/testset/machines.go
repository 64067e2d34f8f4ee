package testset

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/versions"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// machinesFile lists the environments that computed the stored parts, until the evaluation is finished.
const machinesFile = "evaluation_machines.json"

// machines are the environments that computed the predictions of an evaluation, in the order of their
// first part. Those of one engine, version, platform and processor count as one.
type machines []runfolder.Environment

// machinesRecord is the content of machinesFile.
type machinesRecord struct {
	Machines machines `json:"machines"`
}

// machineOf returns an environment with the versions of only those modules that decide numbers.
func machineOf(e runfolder.Environment) runfolder.Environment {
	e.Modules = versions.Of(e.Engine, e.Platform, e.Modules).Modules
	return e
}

// readMachines returns the environments that computed the stored parts. The parts of an earlier version of
// this module are those of the environment that began the evaluation.
func readMachines(folder *runfolder.Folder) (machines, error) {
	var record machinesRecord
	err := folder.Read(machinesFile, &record)
	if errors.Is(err, fs.ErrNotExist) {
		if parts, _ := filepath.Glob(folder.Path(partFiles)); len(parts) > 0 { // the pattern is well-formed
			return machines{machineOf(folder.Environment())}, nil
		}
		return nil, nil
	}
	return record.Machines, err
}

// with returns the list with another environment, unless the list has it.
func (m machines) with(e runfolder.Environment) machines {
	if slices.ContainsFunc(m, func(known runfolder.Environment) bool { return len(machineDifferences(known, e)) == 0 }) {
		return m
	}
	return append(slices.Clone(m), e)
}

// warning says that several environments computed the predictions; "" for one.
func (m machines) warning() string {
	if len(m) < 2 {
		return ""
	}
	var others []string
	for _, e := range m[1:] {
		others = append(others, strings.Join(machineDifferences(m[0], e), ", "))
	}
	return fmt.Sprintf("the evaluation was begun on one engine or machine and continued on another: %s. The predictions can differ in their last digits from those of one alone; for predictions of one, delete the folder and evaluate again", strings.Join(others, "; "))
}

// machineDifferences lists what can change the last digits of a prediction.
func machineDifferences(first, then runfolder.Environment) []string {
	const of = "at first"
	before, after := versions.Of(first.Engine, first.Platform, first.Modules), versions.Of(then.Engine, then.Platform, then.Modules)
	list := before.Differences(after, of)
	list = append(list, versions.Difference("the processor", first.CPU, then.CPU, of)...)
	return append(list, versions.Difference("the number of cores", fmt.Sprint(first.Cores), fmt.Sprint(then.Cores), of)...)
}
