package render

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	notebook(t, "notebooks/a.ipynb", markdownCell("# One"))
	notebook(t, "notebooks/b.ipynb", markdownCell("# Two"))
	check := func() error {
		return Run(context.Background(), Options{Check: true}, &bytes.Buffer{})
	}
	var stale *StaleError
	if err := check(); !errors.As(err, &stale) || len(stale.Files) != 3 {
		t.Errorf("without pages: %v", err)
	}
	if _, err := os.Stat(DefaultOut); err == nil {
		t.Error("the check wrote something")
	}
	render(t, Options{Out: DefaultOut})
	if err := check(); err != nil {
		t.Errorf("with its pages: %v", err)
	}
	notebook(t, "notebooks/b.ipynb", markdownCell("# Two, changed"))
	if err := os.WriteFile(filepath.Join(DefaultOut, "old.html"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := check()
	if !errors.As(err, &stale) {
		t.Fatalf("changed: %v", err)
	}
	has(t, err.Error(), "docs differs", "b.html differs", "old.html has no notebook", "to update it: go run ./kernel render")
	err = Run(context.Background(), Options{Check: true, Notebooks: []string{"notebooks/b.ipynb"}, Out: "site"}, &bytes.Buffer{})
	if err == nil || !strings.HasSuffix(err.Error(), "go run ./kernel render notebooks/b.ipynb --out site") {
		t.Errorf("another folder: %v", err)
	}
}
