package pretrain

import (
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// addMachine adds this process to the machines of the position, with a warning if it differs from those before.
// begun reports whether earlier work exists that no checkpoint describes. The machine that created the folder
// counts as the one that did this work, and that wrote a checkpoint of an earlier version.
func (t *pretrainer) addMachine(e *engine.Engine, begun bool) {
	if len(t.at.Machines) == 0 && (t.at.Step > 0 || begun) {
		creator := t.folder.Environment()
		same := runfolder.Machines{creator}.With(runfolder.CurrentEnvironment(e.String()))
		if len(same) > 1 {
			t.at.Machines = t.at.Machines.With(creator)
		}
	}
	if t.at.Done {
		return // only the files of the result are missing
	}
	known := len(t.at.Machines)
	t.at.Machines = t.at.Machines.With(runfolder.CurrentEnvironment(e.Backend.Description()))
	if len(t.at.Machines) > max(1, known) {
		t.options.Progress.Note(progress.WarningPrefix + machinesWarning(t.at.Machines))
	}
}

// machinesWarning says that several machines trained; "" for one.
func machinesWarning(m runfolder.Machines) string {
	return m.Warning("pre-training", "The result differs from that of one alone; for a result of one, delete the folder and train again")
}
