package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
)

// imdbRoot returns the folder of IMDB's halves: dir or dir/aclImdb. A half contains a folder
// for each class.
func imdbRoot(dir string) (root string, ok bool) {
	for _, root := range []string{dir, filepath.Join(dir, "aclImdb")} {
		for _, half := range []string{halves.Train, halves.Test} {
			for _, label := range append([]string{imdbUnlabelled}, imdbLabels...) {
				if layout.IsFolder(filepath.Join(root, half, label)) {
					return root, !otherNames(root)
				}
			}
		}
	}
	return "", false
}

// otherNames reports whether the texts in folders with the names of IMDB's classes all have
// names that IMDB does not have: then it is another data set of these classes.
func otherNames(root string) bool {
	found := false
	for _, half := range []string{halves.Train, halves.Test} {
		for _, label := range append([]string{imdbUnlabelled}, imdbLabels...) {
			items, _ := layout.Visible(filepath.Join(root, half, label))
			for _, item := range items {
				if imdbFile.MatchString(item.Name()) {
					return false
				}
				found = found || layout.IsText(item.Name())
			}
		}
	}
	return found
}

// imdbFolders returns the folders to read, relative to root: the folders of all classes, for an
// evaluation those that exist, or none of them, and with Unlabelled the folder of the unlabelled reviews.
func (o Opener) imdbFolders(root string) ([]string, error) {
	unlabelled := path.Join(halves.Train, imdbUnlabelled)
	var folders []string
	anyLabel := false
	for _, half := range []string{halves.Train, halves.Test} {
		for _, label := range imdbLabels {
			folder := path.Join(half, label)
			found := layout.IsFolder(filepath.Join(root, folder))
			anyLabel = anyLabel || found
			if found || !o.Evaluation {
				folders = append(folders, folder)
			}
		}
	}
	there := layout.IsFolder(filepath.Join(root, unlabelled))
	switch {
	case there && !anyLabel && !o.Unlabelled:
		return nil, layout.OnlyUnlabelledError(root)
	case there && !anyLabel:
		return []string{unlabelled}, nil
	case there && o.Unlabelled:
		folders = append(folders, unlabelled)
	}
	return folders, nil
}

// noOtherClasses refuses a folder of a class that IMDB does not have, such as train/neutral,
// because leaving it out would change the result.
func noOtherClasses(root string) error {
	for _, half := range []string{halves.Train, halves.Test} {
		items, err := layout.Visible(filepath.Join(root, half))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, item := range items {
			entry := path.Join(half, item.Name())
			if layout.IsFolder(filepath.Join(root, entry)) && !isIMDBFolder(half, item.Name()) {
				return &EntryError{root, entry, errOtherClass}
			}
		}
	}
	return nil
}

// openFolder reads IMDB from the folder that its archive unpacks to.
func (o Opener) openFolder(ctx context.Context, root string) (*Dataset, error) {
	type found struct {
		key   imdbKey
		entry string
	}
	var (
		files []found
		total int64
		b     = imdbBuilder{opener: o, source: root}
	)
	folders, err := o.imdbFolders(root)
	if err != nil {
		return nil, err
	}
	if err := noOtherClasses(root); err != nil {
		return nil, err
	}
	// Sizes come first: progress needs their total, and a huge file is refused unread.
	for _, folder := range folders {
		listed, err := layout.Visible(filepath.Join(root, folder))
		if err != nil {
			return nil, fmt.Errorf("IMDB's folder is incomplete: %w", err)
		}
		for _, item := range listed {
			entry := path.Join(folder, item.Name())
			key, _, err := parseIMDBPath(entry)
			if err != nil {
				return nil, &EntryError{root, entry, err}
			}
			info, err := os.Stat(filepath.Join(root, entry))
			if err == nil && (!info.Mode().IsRegular() || info.Size() > decode.MaxText) {
				err = fmt.Errorf("expected a regular file of at most %d bytes", decode.MaxText)
			}
			if err != nil {
				return nil, &EntryError{root, entry, err}
			}
			files = append(files, found{key, entry})
			total += info.Size()
		}
	}
	progress := decode.NewMeter(ctx, total, o.Progress)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		content, err := os.ReadFile(filepath.Join(root, f.entry))
		if err != nil {
			return nil, err
		}
		progress.Add(int64(len(content)))
		if err := b.add(f.key, f.entry, content); err != nil {
			return nil, err
		}
	}
	return b.dataset()
}
