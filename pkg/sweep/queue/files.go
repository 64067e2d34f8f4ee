package queue

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/internal/tempdir"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// CheckpointObject is the name of the object with the run folder of an unfinished trial.
func CheckpointObject(key string) string { return key + ".checkpoint" }

// ResultObject is the name of the object with the run folder of a finished trial.
func ResultObject(key string) string { return key + ".result" }

// PutFolder stores a run folder as an object, which replaces one of the same name at once. A
// training may be writing to the folder: the checkpoint is read first, then the history, then
// the rest, which is the reverse of the order in which they are written. So the object is a state
// that a killed process could have left, and a training resumes from it exactly.
func (q *Queue) PutFolder(ctx context.Context, name, dir string) error {
	staged, remove, err := tempdir.File("lorabook-sweep-*.tar")
	if err != nil {
		return err
	}
	defer remove()
	if err := writeTar(staged, dir); err != nil {
		return err
	}
	size, err := staged.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	_, err = natsretry.Transfer(ctx, size, func(ctx context.Context) (*jetstream.ObjectInfo, error) {
		if _, err := staged.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return q.files.Put(ctx, jetstream.ObjectMeta{Name: name}, staged)
	})
	return err
}

// writeTar writes the files of a run folder, without locks, stamps and what is being written.
func writeTar(w io.Writer, dir string) error {
	var names []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if path != dir && (strings.HasPrefix(d.Name(), ".") || folder.IsTemporary(d.Name())) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() {
			within, err := filepath.Rel(dir, path)
			names = append(names, within)
			return err
		}
		return nil
	}); err != nil {
		return err
	}
	place := func(name string) int {
		switch {
		case strings.HasPrefix(name, runfolder.CheckpointsDir+string(filepath.Separator)):
			return 0
		case name == runfolder.HistoryFile:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	out := tar.NewWriter(w)
	for _, name := range names {
		if err := addFile(out, dir, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return out.Close()
}

func addFile(out *tar.Writer, dir, name string) error {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := out.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: info.Size(), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err = io.CopyN(out, f, info.Size()) // a history may grow meanwhile
	return err
}

// GetFolder writes an object as the new folder dir, whole or not at all. The error matches
// fs.ErrNotExist if there is no such object.
func (q *Queue) GetFolder(ctx context.Context, name, dir string) error {
	staged, remove, err := tempdir.File("lorabook-sweep-*.tar")
	if err != nil {
		return err
	}
	defer remove()
	info, err := natsretry.Do(ctx, func(ctx context.Context) (*jetstream.ObjectInfo, error) { return q.files.GetInfo(ctx, name) })
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("object %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return err
	}
	_, err = natsretry.Transfer(ctx, int64(info.Size), func(ctx context.Context) (any, error) {
		if err := staged.Truncate(0); err != nil {
			return nil, err
		}
		if _, err := staged.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		object, err := q.files.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		defer object.Close()
		_, err = io.Copy(staged, object)
		return nil, errors.Join(err, object.Error())
	})
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("object %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return err
	}
	if _, err := staged.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return folder.Create(dir, func(tmp string) error { return readTar(staged, tmp, name) })
}

// readTar writes the files of an archive below dir. Names that lead out of it are an error.
func readTar(r io.Reader, dir, name string) error {
	in := tar.NewReader(r)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("object %s is not an archive: %w", name, err)
		}
		if header.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(header.Name)) {
			return fmt.Errorf("object %s: its entry %q is not a file of a run folder", name, header.Name)
		}
		path := filepath.FromSlash(header.Name)
		if err := root.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := root.Create(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, in)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
}

// DeleteFolder deletes an object, if it exists.
func (q *Queue) DeleteFolder(ctx context.Context, name string) error {
	_, err := natsretry.Do(ctx, func(ctx context.Context) (any, error) { return nil, q.files.Delete(ctx, name) })
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil
	}
	return err
}
