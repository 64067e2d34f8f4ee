package jupyter

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// DataDirs returns the folders in which Jupyter looks for its data, the first to be
// searched first: those of JUPYTER_PATH, this user's, the active Python environment's
// (VIRTUAL_ENV, CONDA_PREFIX), the system's.
// See https://docs.jupyter.org/en/stable/use/jupyter-directories.html#data-files.
func DataDirs() []string {
	dirs := filepath.SplitList(os.Getenv("JUPYTER_PATH"))
	if dir, err := UserDataDir(); err == nil {
		dirs = append(dirs, dir)
	}
	for _, env := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if prefix := os.Getenv(env); prefix != "" {
			dirs = append(dirs, filepath.Join(prefix, "share", "jupyter"))
		}
	}
	if runtime.GOOS == "windows" {
		if dir := os.Getenv("PROGRAMDATA"); dir != "" {
			dirs = append(dirs, filepath.Join(dir, "jupyter"))
		}
	} else {
		dirs = append(dirs, "/usr/local/share/jupyter", "/usr/share/jupyter")
	}
	var unique []string
	for _, dir := range dirs {
		if dir != "" && !slices.Contains(unique, dir) {
			unique = append(unique, dir)
		}
	}
	return unique
}

// UserDataDir returns this user's Jupyter data folder: JUPYTER_DATA_DIR, otherwise
// jupyter_core's default for the system.
func UserDataDir() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	switch {
	case runtime.GOOS == "windows" && os.Getenv("APPDATA") != "":
		return filepath.Join(os.Getenv("APPDATA"), "jupyter"), nil
	case runtime.GOOS == "darwin" && err == nil:
		return filepath.Join(home, "Library", "Jupyter"), nil
	case runtime.GOOS != "windows" && os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "jupyter"), nil
	case runtime.GOOS != "windows" && err == nil:
		return filepath.Join(home, ".local", "share", "jupyter"), nil
	}
	return "", errors.New("no home folder for Jupyter's data: set HOME or JUPYTER_DATA_DIR")
}
