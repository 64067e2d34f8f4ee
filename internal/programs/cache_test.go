package programs

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/private"
)

func toyShelf(t *testing.T) *cache {
	t.Helper()
	dir := t.TempDir()
	plugin := filepath.Join(dir, "plugin.so")
	if err := os.WriteFile(plugin, []byte("plugin"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openShelf(filepath.Join(dir, "programs"), plugin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What was written comes back; what is damaged, cut or another program's does not.
func TestCache(t *testing.T) {
	s := toyShelf(t)
	key, other := s.key([]byte("mlir"), []byte("options"), []byte("one")), s.key([]byte("mlir"), []byte("options"), []byte("two"))
	if s.read(key) != nil {
		t.Error("an empty cache holds something")
	}
	s.write(key, []byte("compiled"))
	if got := s.read(key); string(got) != "compiled" {
		t.Fatalf("read %q", got)
	}
	whole, err := os.ReadFile(s.path(key))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(s.path(key)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others may read or write what is run", info.Mode(), err)
	}
	for name, damage := range map[string]struct {
		key  string
		text []byte
	}{
		"cut":       {key, whole[:len(whole)-1]},
		"short":     {key, whole[:10]},
		"flipped":   {key, []byte(strings.Replace(string(whole), "comp", "Comp", 1))},
		"another's": {other, whole},
	} {
		if err := os.WriteFile(s.path(damage.key), damage.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := s.read(damage.key); got != nil {
			t.Errorf("%s: read %q", name, got)
		}
	}
	s.write(key, []byte("compiled again"))
	if got := s.read(key); string(got) != "compiled again" {
		t.Errorf("a damaged program is not replaced: %q", got)
	}
}

// A key is of all parts and where one ends, of the plugin, of XLA's flags.
func TestCacheKey(t *testing.T) {
	s := toyShelf(t)
	base := s.key([]byte("ab"), []byte("c"))
	if s.key([]byte("a"), []byte("bc")) == base {
		t.Error("parts run into one another")
	}
	t.Setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
	flagged, err := openShelf(s.dir, filepath.Join(filepath.Dir(s.dir), "plugin.so"))
	if err != nil || flagged.key([]byte("ab"), []byte("c")) == base {
		t.Errorf("XLA's flags change nothing (%v)", err)
	}
	t.Setenv("XLA_FLAGS", "")
	plugin := filepath.Join(filepath.Dir(s.dir), "plugin.so")
	if err := os.WriteFile(plugin, []byte("another plugin"), 0o600); err != nil {
		t.Fatal(err)
	}
	newer, err := openShelf(s.dir, plugin)
	if err != nil || newer.key([]byte("ab"), []byte("c")) == base {
		t.Errorf("another plugin changes nothing (%v)", err)
	}
	if _, err := openShelf(s.dir, plugin+".none"); err == nil {
		t.Error("a plugin that is not there is no error")
	}
}

// TestUnnamed: the name of a module is no part of a program, and all else is.
func TestUnnamed(t *testing.T) {
	const one = "module @Exec_f_1 {\n  func.func @main(%arg0: tensor<3xf32>) {\n  }\n}\n"
	for _, c := range []struct {
		code string
		same bool
	}{
		{one, true},
		{strings.Replace(one, "_1", "_12", 1), true},
		{strings.Replace(one, "3xf32", "4xf32", 1), false},
		{strings.Replace(one, "@main", "@other", 1), false},
		{strings.Replace(one, " {", " attributes {a = 1} {", 1), false},
		{strings.Replace(one, "module", "ML\xefR", 1), false},
		{"module @Exec_f_1", false},
		{"", false},
	} {
		if same := string(unnamed([]byte(c.code))) == string(unnamed([]byte(one))); same != c.same {
			t.Errorf("%q: the same program is %t, expected %t", c.code, same, c.same)
		}
	}
}

// The processor's features tell machines apart, its load and clock do not.
func TestProcessor(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "cpuinfo")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := processor(write("processor\t: 0\nmodel\t\t: 143\ncpu MHz\t\t: 2100\nflags\t\t: fpu avx\n\nprocessor\t: 1\nflags: x\n"))
	same := processor(write("processor\t: 0\nmodel\t\t: 143\ncpu MHz\t\t: 800\nflags\t\t: fpu avx\n"))
	other := processor(write("processor\t: 0\nmodel\t\t: 143\ncpu MHz\t\t: 800\nflags\t\t: fpu avx avx512_bf16\n"))
	if string(one) != string(same) || string(one) == string(other) || len(one) == 0 {
		t.Errorf("%q, %q, %q", one, same, other)
	}
	if len(processor("/proc/cpuinfo")) == 0 {
		t.Error("nothing of this machine's processor")
	}
}

// Where the cache is full, what was used longest ago goes, and what was never finished.
func TestCacheIsTidied(t *testing.T) {
	s := toyShelf(t)
	keys := []string{s.key([]byte("1")), s.key([]byte("2")), s.key([]byte("3"))}
	used := func(path string, hours int) {
		then := time.Now().Add(time.Duration(-hours) * time.Hour)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	for i, key := range keys {
		s.write(key, make([]byte, 1000))
		used(s.path(key), 10-i)
	}
	begun, err := atomicfile.Create(s.path(keys[0]), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { begun.Abort() })
	used(begun.Name(), 11)
	if s.read(keys[0]) == nil { // used now
		t.Fatal("the first is gone already")
	}
	s.tidy(2100)
	for i, stays := range []bool{true, false, true} {
		if got := s.read(keys[i]) != nil; got != stays {
			t.Errorf("program %d is there: %t", i+1, got)
		}
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) != 2 {
		t.Errorf("%v are left (%v), expected two", left, err)
	}
}

// A folder that cannot be written is none.
func TestCacheWithoutAFolder(t *testing.T) {
	s := toyShelf(t)
	if err := os.WriteFile(s.dir, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := s.key([]byte("1"))
	s.write(key, []byte("compiled"))
	if got := s.read(key); got != nil {
		t.Errorf("read %q", got)
	}
	s.tidy(0)
}

// Programs from a folder that others can change are not run. XLA is not used on Windows, which has
// no such permissions.
func TestCacheOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		return
	}
	s := toyShelf(t)
	key := s.key([]byte("mlir"))
	s.write(key, []byte("compiled"))
	if err := os.Chmod(s.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if got := s.read(key); got != nil {
		t.Errorf("read %q", got)
	}
	var problem *private.Error
	if _, err := openShelf(s.dir, filepath.Join(filepath.Dir(s.dir), "plugin.so")); !errors.As(err, &problem) {
		t.Errorf("opened, with %v", err)
	}
}
