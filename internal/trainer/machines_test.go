package trainer

import (
	"testing"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Checkpoints of an earlier version do not name the machines: the one that created the folder counts.
func TestMachinesOfEarlierVersions(t *testing.T) {
	e, err := engine.For(testenv.GoBackend(t), "a test")
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range []int{0, 3} {
		begun := runfolder.CurrentEnvironment(e.String())
		begun.Cores += more
		folder, err := runfolder.Create(t.TempDir(), "run", "an experiment", begun)
		if err != nil {
			t.Fatal(err)
		}
		defer folder.Close()
		at := Position{Step: 3}
		if differs := at.AddMachine(folder, e, false); differs != (more > 0) {
			t.Errorf("%d cores more: %v", more, differs)
		}
		if want := 1 + min(more, 1); len(at.Machines) != want {
			t.Errorf("%d cores more: %v", more, at.Machines)
		}
		if at.AddMachine(folder, e, false) {
			t.Errorf("%d cores more: a second warning", more)
		}
	}
}
