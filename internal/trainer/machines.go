package trainer

import (
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// AddMachine adds this process to the machines of the position, and reports whether it differs from those before.
// begun reports whether earlier work exists that no checkpoint describes. The machine that created the folder
// counts as the one that did this work, and that wrote a checkpoint of an earlier version.
func (p *Position) AddMachine(folder *runfolder.Folder, e *engine.Engine, begun bool) (differs bool) {
	if len(p.Machines) == 0 && (p.Step > 0 || begun) {
		creator := folder.Environment()
		same := runfolder.Machines{creator}.With(runfolder.CurrentEnvironment(e.String()))
		if len(same) > 1 {
			p.Machines = p.Machines.With(creator)
		}
	}
	if p.Done {
		return false // only the files of the result are missing
	}
	known := len(p.Machines)
	p.Machines = p.Machines.With(runfolder.CurrentEnvironment(e.Backend.Description()))
	return len(p.Machines) > max(1, known)
}

// MachinesWarning says that several machines did the work of a training, such as "pre-training"; "" for one.
func MachinesWarning(work string, m runfolder.Machines) string {
	return m.Warning(work, "The result differs from that of one alone; for a result of one, delete the folder and train again")
}
