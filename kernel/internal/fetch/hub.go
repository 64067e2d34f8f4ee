package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	_ "github.com/lorabook/lorabook/pkg/tiny" // makes lorabook-tiny known
)

// hubModel downloads a BERT from the Hugging Face hub through its cache.
func hubModel(name string) source {
	return source{"the hub", func(j job) error {
		step := j.progress.Start("hub", "looking for "+name, 0)
		defer step.Stop()
		dir, err := bert.Download(j.ctx, name, bert.ResolveOptions{Progress: step.Reach})
		if re := (*bert.ResolveError)(nil); errors.As(err, &re) {
			return re.Err // the searched folders are not of interest here
		}
		if err != nil {
			return err
		}
		// A model of another kind would be of no use.
		if _, err := bert.ReadConfig(dir); err != nil {
			return err
		}
		names, err := bert.HubFiles(dir)
		if err != nil {
			return err
		}
		files := map[string]string{}
		for _, name := range names {
			files[name] = filepath.Join(dir, name)
		}
		return copyFiles(j.ctx, files, j.dir)
	}}
}

// downloadIMDB downloads IMDB's Parquet files from the hub through its cache.
func downloadIMDB(j job) error {
	step := j.progress.Start("hub", "looking for "+imdbName, 0)
	defer step.Stop()
	files, err := data.DownloadIMDB(j.ctx, step.Reach)
	if err != nil {
		return err
	}
	return copyFiles(j.ctx, files, j.dir)
}

// imdbArchive finds the published archive, or its unpacked folder, in dir.
func imdbArchive(dir string) (string, error) {
	unpacked := filepath.Join(dir, "aclImdb")
	if info, err := os.Stat(unpacked); err == nil && info.IsDir() {
		return unpacked, nil
	}
	archive := filepath.Join(dir, "aclImdb_v1.tar.gz")
	file, err := os.Open(archive)
	if err != nil {
		return "", nil
	}
	defer file.Close()
	var start [2]byte
	if _, err := io.ReadFull(file, start[:]); err != nil || start != [2]byte{0x1f, 0x8b} {
		if err := lfs.CheckFile(archive); err != nil {
			return "", err
		}
		return "", fmt.Errorf("%s: expected a gzip archive, found other content: download it again", archive)
	}
	return archive, nil
}

// copyFiles copies files by their new names into dir: the hub's cache is other
// programs' too, and may be emptied.
func copyFiles(ctx context.Context, files map[string]string, dir string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := copyFile(ctx, files[name], filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(ctx context.Context, from, to string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		return fmt.Errorf("copying %s: %w", from, err)
	}
	return out.Sync()
}
