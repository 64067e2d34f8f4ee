package classify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// source is the folder of an adapter.
type source struct {
	folder  string // the caller's: of a run or of an adapter, or a name on the hub
	dir     string // of the adapter
	version string // digest of the files
	origin
}

// adapterFiles are the files of an adapter that are read.
var adapterFiles = slices.Concat([]string{lora.ConfigFile, lora.TensorsFile, lora.LabelsFile, encoding.RecordFile, CalibrationFile}, modelfolder.TokenizerFiles)

// openSource finds the adapter as findAdapter does, and computes its version.
func openSource(ctx context.Context, name, folder string) (source, error) {
	src, err := findAdapter(ctx, name, folder)
	if err != nil {
		return src, err
	}
	if src.version, err = versionOf(src.dir); err != nil {
		return src, fmt.Errorf("adapter %q: %w", name, err)
	}
	return src, nil
}

// adapterDirs returns the folders of adapters by name, as findAdapter finds them.
func adapterDirs(ctx context.Context, folders map[string]string) (map[string]string, error) {
	dirs := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		src, err := findAdapter(ctx, name, folders[name])
		if err != nil {
			return nil, err
		}
		dirs[name] = src.dir
	}
	return dirs, nil
}

// findAdapter finds the adapter in a run folder, in a folder of an adapter or on the hub. The files of
// a run folder are compared with its record.
func findAdapter(ctx context.Context, name, folder string) (src source, err error) {
	src.folder = folder
	fail := func(err error) (source, error) { return src, fmt.Errorf("adapter %q: %w", name, err) }
	if src.dir, src.origin, err = resolveAdapter(ctx, folder); err != nil {
		return fail(err)
	}
	if _, err := os.Stat(src.dir); err != nil {
		return fail(fmt.Errorf("%w; expected a run folder, the folder of an adapter, or the name of an adapter on the hub: owner/name or owner/name@revision", err))
	}
	t := tuned{dir: src.dir}
	switch {
	case src.repository == "" && t.has(runfolder.ExperimentFile):
		if err := src.openRun(); err != nil {
			return fail(err)
		}
	case t.has(lora.ConfigFile):
	default:
		return fail(fmt.Errorf("%s: contains no adapter: expected a run folder (%s) or the folder of an adapter (%s)", folder, runfolder.ExperimentFile, lora.ConfigFile))
	}
	return src, nil
}

// openRun finds the adapter of a finished run.
func (src *source) openRun() error {
	folder, err := runfolder.Open(filepath.Split(filepath.Clean(src.folder)))
	if err != nil {
		return err
	}
	var e runExperiment
	if err := folder.Experiment(&e); err != nil {
		return err
	}
	if e.Method == methodHead || e.Method == methodFull {
		return fmt.Errorf("%s: the run's method is %q, which trains no adapter: expected \"lora\"; open it alone, with Open", src.folder, e.Method)
	}
	trained, err := readTraining(folder)
	if err != nil {
		return err
	}
	if err := inputs.VerifyFiles(folder, trained.Files); err != nil {
		return err
	}
	src.dir = folder.Path(runfolder.AdapterDir)
	return nil
}

// versionOf returns the digest of an adapter's files.
func versionOf(dir string) (string, error) {
	sum := digest.NewStrings()
	for _, name := range adapterFiles {
		switch file, err := digest.File(filepath.Join(dir, name)); {
		case err == nil:
			sum.Add(name, file)
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	return sum.String(), nil
}
