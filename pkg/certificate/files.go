package certificate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// resultFiles are the files of a run folder that a certificate covers, in its order, with the meaning
// of a difference. Locks, stamps and copies for TensorBoard are not results.
var resultFiles = []struct{ name, meaning string }{
	{runfolder.ExperimentFile, "the configuration, the environment or the recorded inputs were changed"},
	{runfolder.SplitsFile, "the recorded draw of the examples was changed"},
	{runfolder.BaselineFile, "the results before the training were changed"},
	{runfolder.BaselinePredictionsFile, "the predictions before the training were changed: the difference does not follow from them"},
	{runfolder.WordsPredictionsFile, "the predictions of the bag of words were changed"},
	{runfolder.HistoryFile, "the history of the training was changed"},
	{runfolder.TrainingFile, "the result of the training was changed"},
	{runfolder.ReportFile, "the report was changed"},
	{runfolder.ReportPredictionsFile, "the predictions after the training were changed: the certified metrics do not follow from them"},
	{runfolder.ValidationPredictionsFile, "the predictions for the validation examples were changed"},
}

// resultFolders are the folders that a certificate covers, likewise.
var resultFolders = []struct{ name, meaning string }{
	{runfolder.AdapterDir, "these are not the trained weights that were certified, or their configuration was changed"},
	{runfolder.HeadDir, "these are not the trained weights that were certified"},
	{runfolder.ModelDir, "these are not the trained weights that were certified, or their configuration was changed"},
	{runfolder.CheckpointsDir, "the state from which the training resumes, or the initial values of its adapter, was changed"},
}

// required are the files without which a run is not finished.
var required = []string{
	runfolder.ExperimentFile, runfolder.SplitsFile, runfolder.BaselineFile, runfolder.BaselinePredictionsFile,
	runfolder.HistoryFile, runfolder.TrainingFile, runfolder.ReportFile, runfolder.ReportPredictionsFile,
}

// listFiles returns the paths of the run's files within its folder, with "/", in the order of
// resultFiles and then of resultFolders. A file that is no regular file is an error.
func listFiles(dir string) (list []string, err error) {
	for _, f := range resultFiles {
		info, err := os.Lstat(filepath.Join(dir, f.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, notRegular(filepath.Join(dir, f.name), info.Mode())
		}
		list = append(list, f.name)
	}
	for _, f := range resultFolders {
		root := filepath.Join(dir, f.name)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				if path == root && errors.Is(err, fs.ErrNotExist) {
					return fs.SkipAll
				}
				return err
			}
			if strings.HasPrefix(entry.Name(), ".") { // temporary files of writers
				if entry.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if entry.IsDir() {
				return nil
			}
			if !entry.Type().IsRegular() {
				return notRegular(path, entry.Type())
			}
			within, err := filepath.Rel(dir, path)
			list = append(list, filepath.ToSlash(within))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func notRegular(path string, mode fs.FileMode) error {
	return fmt.Errorf("certificate: %s is %v, expected a regular file: replace it with the file itself", path, mode.Type())
}

// meaningOf describes a difference of a file; "" for a file that no certificate covers.
func meaningOf(within string) string {
	for _, f := range resultFiles {
		if within == f.name {
			return f.meaning
		}
	}
	top, rest, found := strings.Cut(within, "/")
	if !found || rest == "" || !filepath.IsLocal(filepath.FromSlash(within)) {
		return ""
	}
	for _, f := range resultFolders {
		if top == f.name {
			return f.meaning
		}
	}
	return ""
}

// mayBeMissing reports whether the results do not need a file: checkpoints may be deleted to save
// space.
func mayBeMissing(within string) bool {
	return strings.HasPrefix(within, runfolder.CheckpointsDir+"/")
}

// fileDigest returns the digest of a file in the run folder.
func fileDigest(dir, within string) (string, error) {
	return digest.File(filepath.Join(dir, filepath.FromSlash(within)))
}

// checkComplete refuses a run folder without all results.
func checkComplete(folder *runfolder.Folder, files []string) error {
	if folder.Has(runfolder.PretrainedFile) && !folder.Has(runfolder.ReportFile) {
		return fmt.Errorf("certificate: %s is a pre-training, expected a fine-tuning: the certificate of a fine-tuning of its model has the digests of that model's files", folder.Dir())
	}
	for _, name := range required {
		if !slices.Contains(files, name) {
			return fmt.Errorf("certificate: %s has no %s, expected a finished run: the call that started it continues it (finetune.Open with Report, or go run ./kernel run with the same parameters)", folder.Dir(), name)
		}
	}
	return nil
}
