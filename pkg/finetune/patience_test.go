package finetune

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/progress"
)

// A patience that can never stop the training is shown as a warning, and one that can is not.
func TestPatienceWithoutEffect(t *testing.T) {
	for _, c := range []struct {
		epochs, evaluations, perEpoch, patience int
		warns                                   bool
	}{
		{2, 2, 10, 0, false}, {2, 2, 10, 2, false}, {2, 2, 10, 3, true}, {2, 2, 10, 4, true},
		{3, 5, 2, 4, false}, {3, 5, 2, 5, true}, // at most one evaluation for each step
		{1, 1, 1, 1, true},
	} {
		training := Training{Epochs: c.epochs, Evaluations: c.evaluations, Patience: c.patience}
		if got := training.patienceWarning(c.perEpoch); (got != "") != c.warns {
			t.Errorf("%+v: %q", c, got)
		}
	}
	e := toy(t)
	e.Training.Epochs, e.Training.Patience = 1, 7
	notes := &toytest.Notes{Progress: progress.Nop}
	if _, err := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), Progress: notes}).Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(notes.Notes, "\n"); !strings.Contains(text, "training.patience is 7, but the training has 2 evaluations") {
		t.Errorf("the notes are %q", text)
	}
}
