package serve

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lorabook/lorabook/pkg/classify"
)

// Loader loads adapters while they are in use: a *[classify.Service].
type Loader interface {
	Load(ctx context.Context, name, folder string, options classify.AdapterOptions) error
	Unload(name string) error
}

// Watcher loads the adapters in the folders of a folder, by the folders' names, and follows their
// changes: run folders, and folders of adapters. A folder is loaded when its files are complete and
// did not change between two calls of Poll. An adapter whose files are damaged is an error in the log,
// and its previous version stays loaded; it is tried again after a change, or, if files could not be
// read for lack of permission, at each call. An adapter whose folder is removed is unloaded. Names that
// begin with a dot are ignored: write a folder under such a name and rename it, or copy it in place.
type Watcher struct {
	dir      string
	loader   Loader
	reserved map[string]bool
	log      *slog.Logger
	found    map[string]*watched
	lost     bool // the folder itself cannot be read
}

// watched is a folder in the watched one.
type watched struct {
	seen   string // its state at the last call of Poll
	tried  string // its state when it was loaded, or could not be
	logged string // the error that the log has of this state
	loaded bool
}

// NewWatcher returns a watcher of the folder dir. reserved are names of adapters that are loaded from
// elsewhere: folders of these names are not loaded.
func NewWatcher(dir string, loader Loader, reserved []string, log *slog.Logger) *Watcher {
	w := &Watcher{dir: dir, loader: loader, reserved: map[string]bool{}, log: log, found: map[string]*watched{}}
	for _, name := range reserved {
		w.reserved[name] = true
	}
	return w
}

// Watch calls Poll at intervals until ctx ends.
func (w *Watcher) Watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		w.Poll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Poll looks at the folder once. It is not safe for concurrent use.
func (w *Watcher) Poll(ctx context.Context) {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		if !w.lost {
			w.log.Error("the watched folder cannot be read; its adapters stay loaded", "folder", w.dir, "error", oneLine(err))
		}
		w.lost = true
		return
	}
	w.lost = false
	present := map[string]bool{}
	for _, entry := range entries {
		name, folder := entry.Name(), filepath.Join(w.dir, entry.Name())
		if strings.HasPrefix(name, ".") {
			continue
		}
		info, err := os.Stat(folder) // follows a link
		if err != nil || !info.IsDir() {
			continue
		}
		present[name] = true
		w.look(ctx, name, folder)
	}
	for _, name := range slices.Sorted(maps.Keys(w.found)) {
		if present[name] {
			continue
		}
		if w.found[name].loaded {
			if err := w.loader.Unload(name); err != nil {
				w.log.Error("an adapter could not be unloaded", "adapter", name, "error", oneLine(err))
				continue
			}
			w.log.Info("unloaded an adapter, since its folder is gone", "adapter", name)
		}
		delete(w.found, name)
	}
}

// look loads a folder if it is complete, at rest and new.
func (w *Watcher) look(ctx context.Context, name, folder string) {
	f := w.found[name]
	if f == nil {
		f = &watched{}
		w.found[name] = f
	}
	state, err := stateOf(folder)
	switch {
	case errors.Is(err, fs.ErrPermission):
		w.refused(f, name, folder, err)
		return
	case err != nil: // files come and go
		return
	case state != f.seen:
		f.seen, f.logged = state, ""
		return
	}
	if state == "" || state == f.tried {
		f.logged = ""
		return
	}
	f.tried = state
	if w.reserved[name] {
		w.log.Error("an adapter of another folder has this name; rename the folder", "adapter", name, "folder", folder)
		return
	}
	if err := w.loader.Load(ctx, name, folder, classify.AdapterOptions{}); err != nil {
		if ctx.Err() != nil {
			f.tried = ""
			return
		}
		if errors.Is(err, fs.ErrPermission) { // whose end changes neither sizes nor times
			f.tried = ""
		}
		w.refused(f, name, folder, err)
		return
	}
	w.log.Info("loaded an adapter", "adapter", name, "folder", folder)
	f.loaded, f.logged = true, ""
}

// refused logs once why a folder is not loaded.
func (w *Watcher) refused(f *watched, name, folder string, err error) {
	reason := oneLine(err)
	if reason == f.logged {
		return
	}
	f.logged = reason
	text := "an adapter could not be loaded"
	if f.loaded {
		text += "; its previous version keeps answering"
	}
	w.log.Error(text, "adapter", name, "folder", folder, "error", reason)
}

// adapterParts are the files without which a folder is no adapter.
var adapterParts = []string{"adapter_config.json", "adapter_model.safetensors"}

// stateOf returns a text that changes with the names, sizes and times of an adapter's files, "" for a
// folder without all parts of one.
func stateOf(folder string) (string, error) {
	adapter := folder
	if _, err := os.Stat(filepath.Join(folder, "adapter")); err == nil { // a run folder
		adapter = filepath.Join(folder, "adapter")
	}
	for _, part := range adapterParts {
		if _, err := os.Stat(filepath.Join(adapter, part)); errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
	}
	digest := sha256.New()
	seen := map[string]bool{}
	for _, dir := range []string{folder, adapter} {
		if seen[dir] {
			continue
		}
		seen[dir] = true
		entries, err := os.ReadDir(dir)
		if err != nil {
			return "", err
		}
		for _, entry := range entries {
			info, err := os.Stat(filepath.Join(dir, entry.Name()))
			if err != nil {
				return "", err
			}
			if !info.IsDir() {
				fmt.Fprintf(digest, "%q %d %d\n", filepath.Join(dir, entry.Name()), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return fmt.Sprintf("%x", digest.Sum(nil)), nil
}
