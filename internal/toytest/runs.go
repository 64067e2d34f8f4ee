package toytest

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Backend is the best engine of this machine, which all tests share.
func Backend(t testing.TB) compute.Backend {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	return e.Backend
}

// EmptyRun is a run folder that holds no result.
func EmptyRun(t *testing.T) *runfolder.Folder {
	t.Helper()
	r, err := runfolder.Create(t.TempDir(), "try", "any experiment", runfolder.CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// WantChanged wants a *ChangedError of exactly these fields that says the texts.
func WantChanged(t *testing.T, err error, fields []string, says ...string) {
	t.Helper()
	var changed *runfolder.ChangedError
	if !errors.As(err, &changed) {
		t.Fatalf("error is %v, expected a *ChangedError", err)
	}
	var paths []string
	for _, c := range changed.Changes {
		paths = append(paths, c.Path)
		if c.Folder == c.Now {
			t.Errorf("%s is %s on both sides", c.Path, c.Folder)
		}
	}
	if diff := cmp.Diff(fields, paths); diff != "" {
		t.Error(diff)
	}
	for _, text := range append(says, "restore the original inputs", "another name", "delete the folder") {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

// WantField wants a *settings.FieldError of the field.
func WantField(t *testing.T, err error, field string) {
	t.Helper()
	var bad *settings.FieldError
	if !errors.As(err, &bad) || bad.Field != field {
		t.Errorf("the error does not name the field %q: %v", field, err)
	}
}

// Notes keeps the notes that a run makes.
type Notes struct {
	progress.Progress
	Notes []string
}

func (n *Notes) Note(text string) { n.Notes = append(n.Notes, text) }
