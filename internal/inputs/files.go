package inputs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// VerifyFiles compares files of the run, which hold no checksum of their own, with their
// digests. One that is not there is left to whoever reads it, but for the classes: without
// their file the classifier's rows would get the names of the data's order.
func VerifyFiles(folder *runfolder.Folder, digests map[string]string) error {
	for _, within := range slices.Sorted(maps.Keys(digests)) {
		want := digests[within]
		path := folder.Path(filepath.FromSlash(within))
		found, err := digest.File(path)
		lost := errors.Is(err, fs.ErrNotExist)
		if lost && filepath.Base(path) != lora.LabelsFile {
			continue
		}
		if err != nil && !lost {
			return err
		}
		if lost {
			return &runfolder.DamagedError{
				File: path, Err: errors.New("the file is gone, which holds the order of the classifier's classes"),
				Remedy: mendLearned(folder, within),
			}
		}
		if found != want {
			if err := lfs.CheckFile(path); err != nil {
				return err
			}
			return &runfolder.DamagedError{
				File: path, Err: fmt.Errorf("its digest is %s, but %s when the training kept it", found, want),
				Remedy: mendLearned(folder, within) + "; if it was changed on purpose, use it without the run folder",
			}
		}
	}
	return nil
}

// mendLearned says how to go on without a file of what was learned.
func mendLearned(folder *runfolder.Folder, within string) string {
	return fmt.Sprintf("put back a copy, or delete %s, %s, %s and %s in %s and train again", runfolder.TrainingFile, runfolder.ReportFile, runfolder.CheckpointsDir, filepath.Dir(within), folder.Dir())
}
