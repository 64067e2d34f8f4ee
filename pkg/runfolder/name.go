package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ErrRunName is matched by the errors of invalid run names.
var ErrRunName = errors.New("a run's name has 1 to 100 of the characters A-Z, a-z, 0-9, '.', '_' and '-', starts with a letter or digit and does not end with '.'")

var runName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// runDir returns the folder of a run. The name must not lead out of root. A folder that is a run
// already may have any name: it may have been copied or renamed, or be the current folder (".").
func runDir(root, name string) (string, error) {
	if dir := filepath.Join(root, name); isFolderName(name) {
		if _, err := os.Stat(filepath.Join(dir, ExperimentFile)); err == nil {
			return dir, nil
		}
	}
	if !runName.MatchString(name) || strings.HasSuffix(name, ".") {
		return "", fmt.Errorf("run name %q: %w", name, ErrRunName)
	}
	return filepath.Join(root, name), nil
}

// isFolderName reports whether a name is one element of a path that does not lead out of its folder.
func isFolderName(name string) bool {
	return filepath.IsLocal(name) && filepath.Base(name) == name
}

// checkIsRun refuses a folder with other files, so that no run is written among them. A folder
// that contains only hidden files is accepted, since its first writer may have been killed.
func checkIsRun(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run folder %s: %w", dir, err)
	}
	stranger := ""
	for _, e := range entries {
		if e.Name() == ExperimentFile {
			return nil
		}
		if stranger == "" && !strings.HasPrefix(e.Name(), ".") {
			stranger = e.Name()
		}
	}
	if stranger != "" {
		return fmt.Errorf("%s is not a run folder: it contains %s, but no %s; use another name, or move the folder", dir, stranger, ExperimentFile)
	}
	return nil
}
