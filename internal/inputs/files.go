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
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// VerifyFiles compares files of the run that have no checksum with their digests. A missing file is
// an error of its reader, except the files of the classes and of the encoding: without them the
// classifier's rows would get the names in the data's order, and texts would be read as by default.
func VerifyFiles(folder *runfolder.Folder, digests map[string]string) error {
	for _, within := range slices.Sorted(maps.Keys(digests)) {
		want := digests[within]
		path := folder.Path(filepath.FromSlash(within))
		found, err := digest.File(path)
		lost := errors.Is(err, fs.ErrNotExist)
		content := map[string]string{
			lora.LabelsFile:     "the file with the order of the classifier's classes is missing",
			encoding.RecordFile: "the file that states how the training read its texts is missing",
		}[filepath.Base(path)]
		if lost && content == "" {
			continue
		}
		if err != nil && !lost {
			return err
		}
		if lost {
			return &runfolder.DamagedError{
				File: path, Err: errors.New(content),
				Remedy: remedy(folder, within),
			}
		}
		if found != want {
			if err := lfs.CheckFile(path); err != nil {
				return err
			}
			return &runfolder.DamagedError{
				File: path, Err: fmt.Errorf("its digest is %s, expected %s as recorded by the training", found, want),
				Remedy: remedy(folder, within) + "; if it was changed intentionally, use it without the run folder",
			}
		}
	}
	return nil
}

// remedy describes how to replace a file of the trained weights.
func remedy(folder *runfolder.Folder, within string) string {
	return fmt.Sprintf("restore a copy, or delete %s, %s, %s and %s in %s and train again", runfolder.TrainingFile, runfolder.ReportFile, runfolder.CheckpointsDir, filepath.Dir(within), folder.Dir())
}
