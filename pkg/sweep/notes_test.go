package sweep

import (
	"sync"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/progress"
)

// notesOnly keeps notes and shows no tasks; several workers note at once.
type notesOnly struct{ notes *toytest.Notes }

var notesLock sync.Mutex

func (n notesOnly) Begin(string, int, int) progress.Task { return progress.Nop.Begin("", 0, 0) }

func (n notesOnly) Note(line string) {
	notesLock.Lock()
	defer notesLock.Unlock()
	n.notes.Note(line)
}
