package prefixcache

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/precision"
)

// States above the limit are refused before anything is computed. The least recently used
// states are deleted to make room, but not states in use.
func TestLimit(t *testing.T) {
	dir := toytest.CacheDir(t)
	base := toy(t, 136)
	try := func(seed uint64, limit int64) (computed int, err error) {
		c, counter := count(base)
		c.Batches, c.Limit = batches(t, c.Model, randomIDs(c.Model, seed, 136)), limit
		s, err := Open(t.Context(), c)
		if err == nil {
			err = s.Close()
		}
		return counter.Computed(), err
	}
	computed, err := try(1, 10_000)
	var large *SizeError
	if !errors.As(err, &large) || large.Limit != 10_000 || large.Bytes <= large.Limit || large.InUse != 0 || computed != 0 {
		t.Fatalf("states of %d examples, limit of 10,000 bytes: %v", computed, err)
	}
	if large.Examples != 136 || large.Layers != 1 || large.Stored != precision.Float32 || large.Tokens <= 136 {
		t.Errorf("the error is %+v", large)
	}
	for _, text := range []string{"10 kB", "136 examples", "float32"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 1 {
		t.Errorf("%v is left", entries)
	}
	for seed := range uint64(3) {
		if _, err := try(seed+1, 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	files := toytest.StatesFiles(t, dir)
	if len(files) != 3 {
		t.Fatalf("%q, expected 3 files", files)
	}
	// The second was used last, the first before it.
	oldest := time.Now().Add(-3 * time.Hour)
	for i, file := range []string{files[2], files[0], files[1]} {
		when := oldest.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	room := 3*large.Bytes + large.Bytes/2
	if _, err := try(4, room); err != nil {
		t.Fatal(err)
	}
	left := strings.Join(toytest.StatesFiles(t, dir), " ")
	if n := len(toytest.StatesFiles(t, dir)); n != 3 || strings.Contains(left, files[2]) {
		t.Errorf("%d files are left; the least recently used one is among them: %v", n, strings.Contains(left, files[2]))
	}
	// The next oldest is in use, so the one after it is deleted.
	lock, err := lockStates(t.Context(), strings.TrimSuffix(files[0], statesFile), true, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := try(5, room); err != nil {
		t.Fatal(err)
	}
	left = strings.Join(toytest.StatesFiles(t, dir), " ")
	if !strings.Contains(left, files[0]) || strings.Contains(left, files[1]) {
		t.Error("states in use were deleted, or unused states remain")
	}
	_, err = try(6, large.Bytes+large.Bytes/2)
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
	if !errors.As(err, &large) || large.InUse == 0 || !strings.Contains(err.Error(), "in use by other runs") {
		t.Errorf("the error with the room in use is %v", err)
	}
}

// waiting cancels a context at the first note.
type waiting struct {
	toytest.StatesProgress
	cancel context.CancelFunc
	notes  []string
}

func (w *waiting) Note(text string) {
	w.notes = append(w.notes, text)
	w.cancel()
}

// TestUnsafeFolder: states that others could replace are not read.
func TestUnsafeFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system has no such permissions")
	}
	dir := toytest.CacheDir(t)
	if found, err := folder(); err != nil || found != dir {
		t.Fatal(found, err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := folder(); err == nil || !strings.Contains(err.Error(), "chmod go-w") || !strings.Contains(err.Error(), "train without the cache") {
		t.Errorf("the error is %v", err)
	}
}

// Open waits for states that another process computes, says so, and ends with its context.
func TestWaitingForTheLock(t *testing.T) {
	dir := toytest.CacheDir(t)
	c := toy(t, 40)
	p, err := newPlan(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := lockStates(t.Context(), dir+"/"+p.name(), false, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &waiting{cancel: cancel}
	c.Progress = w
	if _, err := Open(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if len(w.notes) != 1 || !strings.Contains(w.notes[0], "another run") || w.Computed() != 0 {
		t.Errorf("notes %q, states of %d examples", w.notes, w.Computed())
	}
}
