package runfolder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/folder"
)

// sweep removes the temporary files and folders of killed writers. The caller holds the locks: no
// other process writes.
func (r *Folder) sweep() error {
	left, err := r.leftovers()
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := os.RemoveAll(r.Path(name)); err != nil {
			return err
		}
	}
	return nil
}

// leftovers lists what sweep removes, relative to the folder: the temporary names of
// internal/atomicfile and internal/folder, in the run folder and in the folders of its results.
// Temporary files of other programs, such as those of an editor, are not in the list.
func (r *Folder) leftovers() (names []string, err error) {
	for _, dir := range []string{".", CheckpointsDir, AdapterDir, HeadDir, ModelDir} {
		entries, err := os.ReadDir(r.Path(dir))
		if errors.Is(err, fs.ErrNotExist) && dir != "." {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			final, staged := atomicfile.FinalName(e.Name())
			staged = staged && e.Type().IsRegular() && isStagedExtension(filepath.Ext(final))
			if staged || e.IsDir() && folder.IsTemporary(e.Name()) {
				names = append(names, filepath.Join(dir, e.Name()))
			}
		}
	}
	return names, nil
}

// isStagedExtension reports whether files of a run with this extension are written atomically.
func isStagedExtension(extension string) bool {
	return slices.Contains([]string{".json", ".jsonl", ".safetensors", ".txt", ".lorabook"}, extension)
}

// sweepAlone removes the temporary files of killed processes, unless a process is working.
// Where the folder cannot be written to, they remain.
func (r *Folder) sweepAlone() error {
	left, err := r.leftovers()
	if err != nil || len(left) == 0 {
		return err
	}
	_ = r.alone(r.sweep)
	return nil
}
