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

// ErrRunName is what a name that cannot be a run's matches.
var ErrRunName = errors.New("a run's name is 1 to 100 of A-Z, a-z, 0-9, '.', '_' and '-', begins with a letter or digit and ends with no '.'")

var runName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// runDir is the folder of a run, whose name may not lead out of root.
func runDir(root, name string) (string, error) {
	if !runName.MatchString(name) || strings.HasSuffix(name, ".") {
		return "", fmt.Errorf("run name %q: %w", name, ErrRunName)
	}
	return filepath.Join(root, name), nil
}

// checkIsRun refuses a folder that holds something else than a run, so that no
// run is written among a stranger's files. A folder with nothing but hidden
// files may be one whose first writer was killed.
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
		return fmt.Errorf("%s is no run folder: it holds %s but no %s; use another name, or move the folder away", dir, stranger, ExperimentFile)
	}
	return nil
}
