package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/folder"
)

var owned = folder.Owned{Files: []string{"config", "weights", "labels"}, Marker: "config"}

// version writes files: name, content, name, content, …
func version(pairs ...string) func(string) error {
	return func(tmp string) (err error) {
		for i := 0; i < len(pairs); i += 2 {
			err = errors.Join(err, os.WriteFile(filepath.Join(tmp, pairs[i]), []byte(pairs[i+1]), 0o644))
		}
		return err
	}
}

// held is what dir holds: "name=content name=content".
func held(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	for _, name := range strings.Fields(left(t, dir)) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, name+"="+string(text))
	}
	return strings.Join(all, " ")
}

func TestUpdate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "adapter")
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"a new folder", []string{"config", "1", "weights", "1"}, "config=1 weights=1"},
		{"one file changes", []string{"config", "1", "weights", "2"}, "config=1 weights=2"},
		{"all change", []string{"config", "2", "weights", "3", "labels", "x"}, "config=2 labels=x weights=3"},
		{"nothing changes", []string{"config", "2", "weights", "3", "labels", "x"}, "config=2 labels=x weights=3"},
		{"all change but the marker", []string{"config", "2", "weights", "4", "labels", "y"}, "config=2 labels=y weights=4"},
		{"a file goes and another changes", []string{"config", "2", "weights", "3"}, "config=2 weights=3"},
		{"all again", []string{"config", "2", "weights", "3", "labels", "x"}, "config=2 labels=x weights=3"},
		{"a file goes", []string{"config", "2", "weights", "3"}, "config=2 weights=3"},
		{"the same size", []string{"config", "3", "weights", "4"}, "config=3 weights=4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := folder.Update(dir, owned, version(c.files...)); err != nil {
				t.Fatal(err)
			}
			if got := held(t, dir); got != c.want {
				t.Errorf("holds %q, want %q", got, c.want)
			}
		})
	}
	if err := errors.Join(put("README")(dir), folder.Update(dir, owned, version("config", "4", "weights", "5"))); err != nil {
		t.Fatal(err)
	}
	if got := held(t, dir); got != "README=README config=4 weights=5" {
		t.Errorf("beside another's file: %q", got)
	}
}

// The marker of the old version never stands beside other files of the new one.
func TestUpdateThatIsInterruptedLeavesNoMarker(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(put("config")(dir), os.MkdirAll(filepath.Join(dir, "weights", "in the way"), 0o755)); err != nil {
		t.Fatal(err)
	}
	err := folder.Update(dir, owned, version("config", "new", "weights", "new", "labels", "new"))
	if err == nil || strings.Contains(left(t, dir), "config") {
		t.Errorf("error %v, and the folder holds %q", err, left(t, dir))
	}
}

func TestUpdateFails(t *testing.T) {
	wrong := errors.New("wrong")
	root := t.TempDir()
	dir := filepath.Join(root, "adapter")
	fill := func(tmp string) error { return errors.Join(version("config", "2", "weights", "2")(tmp), wrong) }
	if err := folder.Update(dir, owned, fill); !errors.Is(err, wrong) || left(t, root) != "" {
		t.Errorf("%v, left %q", err, left(t, root))
	}
	if err := folder.Update(dir, owned, version("config", "1", "weights", "1")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir   string
		owned folder.Owned
		fill  func(string) error
		want  string
	}{
		"fill fails":            {dir, owned, fill, "wrong"},
		"a file in its place":   {filepath.Join(dir, "config"), owned, version(), "expected a folder"},
		"a file of nobody":      {dir, owned, version("config", "2", "extra", "2"), `"extra"`},
		"a marker of no folder": {dir, folder.Owned{Files: []string{"weights"}, Marker: "config"}, version("weights", "2"), `marker "config"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := folder.Update(c.dir, c.owned, c.fill)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if got := held(t, dir); got != "config=1 weights=1" {
				t.Errorf("the folder became %q", got)
			}
		})
	}
}
