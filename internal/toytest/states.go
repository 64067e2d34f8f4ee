package toytest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/pkg/progress"
)

// CacheDir gives the test a cache folder of its own for this user, and returns the folder of
// cached hidden states in it.
func CacheDir(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	t.Setenv("LocalAppData", home)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "lorabook", "prefix")
}

// StatesFiles returns the complete files of hidden states in a folder, sorted by name.
func StatesFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.states"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// StatesProgress counts the examples whose hidden states are computed. It shows nothing.
type StatesProgress struct {
	Each func(computed int) // called after each batch; may be nil

	lock     sync.Mutex
	computed int
}

// Computed returns the number of examples so far.
func (p *StatesProgress) Computed() int {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.computed
}

// Begin implements progress.Progress.
func (p *StatesProgress) Begin(task string, total, done int) progress.Task {
	nop := progress.Nop.Begin(task, total, done)
	if task != "hidden states" {
		return nop
	}
	return &statesTask{nop, p, done}
}

// Note implements progress.Progress.
func (p *StatesProgress) Note(string) {}

type statesTask struct {
	progress.Task
	counter *StatesProgress
	done    int
}

func (t *statesTask) Update(s progress.Status) {
	c := t.counter
	c.lock.Lock()
	defer c.lock.Unlock()
	c.computed += s.Done - t.done
	if t.done = s.Done; c.Each != nil {
		c.Each(c.computed)
	}
}
