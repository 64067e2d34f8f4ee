package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/atomicfile"
)

// markFile is the name of the file that identifies a folder's content.
const markFile = "fetched.json"

// mark is the content of markFile.
type mark struct {
	Name   string           `json:"name"`
	Source string           `json:"source"`
	Files  map[string]int64 `json:"files"` // sizes in bytes
}

// writeMark records the content of dir.
func writeMark(dir, name, source string) error {
	m := mark{name, source, map[string]int64{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		m.Files[entry.Name()] = info.Size()
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, markFile), append(text, '\n'), 0o644)
}

// taken returns the error for a folder with other content than the item.
func (it item) taken(dir, found string) error {
	return &TakenError{Dir: dir, Name: it.name, Reason: fmt.Sprintf("found %s, expected an empty or new folder for %s: choose another folder, or remove this one", found, it.name)}
}

// present returns the path of the item if dir already contains it, and "" if dir is empty or
// missing. Other content is a *TakenError.
func (it item) present(dir string) (path string, err error) {
	taken := func(format string, args ...any) (string, error) {
		return "", it.taken(dir, fmt.Sprintf(format, args...))
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is a file, expected a folder for %s", dir, it.name)
	}
	text, err := os.ReadFile(filepath.Join(dir, markFile))
	if errors.Is(err, fs.ErrNotExist) {
		if it.inPlace != nil {
			if path, err := it.inPlace(dir); path != "" || err != nil {
				return path, err
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) == 0 {
			return "", err
		}
		return taken("%s and was not made by fetch (there is no %s)", entries[0].Name(), markFile)
	}
	if err != nil {
		return "", err
	}
	var m mark
	if err := json.Unmarshal(text, &m); err != nil {
		return taken("a %s that cannot be read (%v)", markFile, err)
	}
	if m.Name != it.name {
		return taken("%s", m.Name)
	}
	for name, size := range m.Files {
		switch info, err := os.Stat(filepath.Join(dir, name)); {
		case err != nil:
			return taken("a damaged copy of it: %v", err)
		case info.Size() != size:
			return taken("a damaged copy of it: %s has %d bytes, %d were fetched", name, info.Size(), size)
		}
	}
	return dir, nil
}
