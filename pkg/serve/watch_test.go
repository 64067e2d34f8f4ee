package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// putFile writes a file with a time of its own, so that a change is seen however fast the test is.
func putFile(t *testing.T, content string, modified int64, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, time.Unix(modified, 0), time.Unix(modified, 0)); err != nil {
		t.Fatal(err)
	}
}

func TestWatcher(t *testing.T) {
	dir, f := t.TempDir(), &fake{}
	var log bytes.Buffer
	w := NewWatcher(dir, f, []string{"given"}, slog.New(slog.NewTextHandler(&log, nil)))
	poll := func(want ...string) {
		t.Helper()
		w.Poll(t.Context())
		if got := f.names(); !slices.Equal(got, want) {
			t.Fatalf("the adapters are %q, expected %q\n%s", got, want, log.String())
		}
	}
	poll()
	putFile(t, "x", 1, dir, "notes.txt")
	putFile(t, "{}", 1, dir, ".half", "adapter_config.json")
	putFile(t, "x", 1, dir, ".half", "adapter_model.safetensors")
	putFile(t, "{}", 1, dir, "films", "adapter_config.json")
	poll()
	poll() // without its weights it is not loaded
	putFile(t, "x", 1, dir, "films", "adapter_model.safetensors")
	poll() // changed since the last call
	putFile(t, "xx", 2, dir, "films", "adapter_model.safetensors")
	poll() // changed again
	poll("films")
	poll("films")
	if got := strings.Count(log.String(), "loaded an adapter"); got != 1 {
		t.Errorf("loaded %d times:\n%s", got, log.String())
	}

	// A run folder, and one that a name given on the command line has.
	putFile(t, "{}", 1, dir, "run", "experiment.json")
	for _, name := range []string{"run/adapter", "given"} {
		putFile(t, "{}", 1, dir, name, "adapter_config.json")
		putFile(t, "x", 1, dir, name, "adapter_model.safetensors")
	}
	poll("films")
	poll("films", "run")
	if !strings.Contains(log.String(), "another folder has this name") {
		t.Errorf("%s", log.String())
	}

	// A damaged version leaves the old one, is reported once, and is tried again after a change.
	log.Reset()
	f.err = errors.New("bad\nfile")
	putFile(t, "xxx", 3, dir, "films", "adapter_model.safetensors")
	for range 4 {
		w.Poll(t.Context())
	}
	f.err = nil
	if got := log.String(); strings.Count(got, "previous version keeps answering") != 1 || !strings.Contains(got, "bad; file") {
		t.Errorf("%s", got)
	}
	poll("films", "run")
	if strings.Contains(log.String(), `msg="loaded`) {
		t.Errorf("a damaged version is loaded without a change:\n%s", log.String())
	}
	putFile(t, "xxx", 4, dir, "films", "adapter_model.safetensors")
	poll("films", "run")
	poll("films", "run")
	if strings.Count(log.String(), `msg="loaded`) != 1 {
		t.Errorf("%s", log.String())
	}

	// A change in a file beside the weights is a change.
	log.Reset()
	putFile(t, "{}", 5, dir, "films", "calibration.json")
	poll("films", "run")
	poll("films", "run")
	if strings.Count(log.String(), `msg="loaded`) != 1 {
		t.Errorf("%s", log.String())
	}

	// A folder that is gone.
	if err := os.RemoveAll(filepath.Join(dir, "films")); err != nil {
		t.Fatal(err)
	}
	poll("run")

	// The whole folder is gone: the adapters stay, and the log says so once.
	log.Reset()
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Fatal(err)
	}
	poll("run")
	poll("run")
	if strings.Count(log.String(), "cannot be read") != 1 {
		t.Errorf("%s", log.String())
	}
	if err := os.Rename(dir+"-moved", dir); err != nil {
		t.Fatal(err)
	}
	poll("run")
}

// TestWatcherFollowsLinks: a link that is moved to another folder, as Kubernetes does with volumes, is
// a change.
func TestWatcherFollowsLinks(t *testing.T) {
	dir, store, f := t.TempDir(), t.TempDir(), &fake{}
	var log bytes.Buffer
	w := NewWatcher(dir, f, nil, slog.New(slog.NewTextHandler(&log, nil)))
	for i, version := range []string{"one", "two"} {
		putFile(t, "{}", int64(i), store, version, "adapter_config.json")
		putFile(t, "x", int64(i), store, version, "adapter_model.safetensors")
	}
	link := filepath.Join(dir, "films")
	for i, version := range []string{"one", "two"} {
		_ = os.Remove(link)
		if err := os.Symlink(filepath.Join(store, version), link); err != nil {
			t.Skip(err)
		}
		w.Poll(t.Context())
		w.Poll(t.Context())
		if got := strings.Count(log.String(), `msg="loaded`); got != i+1 {
			t.Errorf("%s: loaded %d times\n%s", version, got, log.String())
		}
	}
}

// TestWatchEnds: Watch polls at once and ends with its context.
func TestWatchEnds(t *testing.T) {
	dir, f := t.TempDir(), &fake{}
	putFile(t, "{}", 1, dir, "films", "adapter_config.json")
	putFile(t, "x", 1, dir, "films", "adapter_model.safetensors")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		NewWatcher(dir, f, nil, quiet()).Watch(ctx, time.Millisecond)
		close(done)
	}()
	for len(f.names()) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
}

// TestWatcherWithoutPermission: an adapter whose files cannot be read is an error in the log, once, and is
// loaded when they can be: a change of permissions changes neither sizes nor times.
func TestWatcherWithoutPermission(t *testing.T) {
	dir, f := t.TempDir(), &fake{}
	var log bytes.Buffer
	w := NewWatcher(dir, f, nil, slog.New(slog.NewTextHandler(&log, nil)))
	putFile(t, "{}", 1, dir, "films", "adapter_config.json")
	putFile(t, "x", 1, dir, "films", "adapter_model.safetensors")
	f.err = fmt.Errorf("adapter: %w", &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission})
	for range 4 {
		w.Poll(t.Context())
	}
	if got := log.String(); strings.Count(got, "could not be loaded") != 1 || !strings.Contains(got, "permission denied") {
		t.Errorf("%s", got)
	}
	f.err = nil
	w.Poll(t.Context())
	if got := f.names(); !slices.Equal(got, []string{"films"}) {
		t.Errorf("the adapters are %q\n%s", got, log.String())
	}

	if os.Geteuid() == 0 {
		return // root reads everything
	}
	log.Reset()
	folder := filepath.Join(dir, "films")
	if err := os.Chmod(folder, 0); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.Poll(t.Context())
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "previous version keeps answering") != 1 || !slices.Equal(f.names(), []string{"films"}) {
		t.Errorf("a folder without permission: %q\n%s", f.names(), got)
	}
}
