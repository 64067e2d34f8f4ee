package programs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/private"
)

const (
	extension = ".xla"
	// maxBytes of programs stay; those that were used longest ago go first.
	maxBytes = 1 << 30
)

// cache is a folder of programs: files with their keys as names; each starts with the SHA-256
// of the key and of the rest of the file. Failures of the cache are not errors: programs are
// then compiled.
type cache struct {
	dir     string
	machine []byte // a hash of the compilation's environment
	tidied  sync.Once
}

// openShelf opens a folder for programs of a plugin; it is made when a program comes.
// A folder that others could change is an error, since programs from it are run.
func openShelf(dir, plugin string) (*cache, error) {
	if err := private.Check(dir); err != nil {
		return nil, err
	}
	info, err := os.Stat(plugin)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	fmt.Fprintln(hash, "programs 1", plugin, info.Size(), info.ModTime().UnixNano(), runtime.GOARCH, runtime.NumCPU(), os.Getenv("XLA_FLAGS"), os.Getenv("NPROC"))
	hash.Write(processor("/proc/cpuinfo"))
	return &cache{dir: dir, machine: hash.Sum(nil)}, nil
}

// processor returns the description of the first processor from a file like /proc/cpuinfo. It
// determines the instructions that a program may use.
func processor(path string) []byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	first, _, _ := bytes.Cut(text, []byte("\n\n"))
	var kind []byte
	for line := range bytes.Lines(first) {
		name, _, _ := strings.Cut(string(line), ":")
		switch strings.TrimSpace(name) {
		case "vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU implementer", "CPU part", "CPU variant":
			kind = append(append(kind, bytes.TrimSpace(line)...), '\n')
		}
	}
	return kind
}

// key returns the key of a program with the given inputs.
func (s *cache) key(parts ...[]byte) string {
	hash := sha256.New()
	hash.Write(s.machine)
	for _, part := range parts {
		fmt.Fprintln(hash, len(part))
		hash.Write(part)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// unnamed returns the text of a module without its name. GoMLX numbers the programs of a function in the
// order in which a process builds them: a training with another seed, or one that resumes, meets the shapes
// of its batches in another order, and has the same programs under other names.
func unnamed(code []byte) []byte {
	named, ok := bytes.CutPrefix(code, []byte("module @"))
	if !ok {
		return code
	}
	if end := bytes.IndexByte(named, ' '); end >= 0 {
		return named[end:]
	}
	return code
}

func (s *cache) path(key string) string { return filepath.Join(s.dir, key+extension) }

// sum is the checksum at the start of a file.
func sum(key string, program []byte) []byte {
	hash := sha256.New()
	fmt.Fprintln(hash, key)
	hash.Write(program)
	return hash.Sum(nil)
}

// read returns a program, or nil if it is missing or damaged.
func (s *cache) read(key string) []byte {
	if private.Check(s.dir) != nil { // it may have been made since
		return nil
	}
	text, err := os.ReadFile(s.path(key))
	if err != nil || len(text) < sha256.Size {
		return nil
	}
	program := text[sha256.Size:]
	if !bytes.Equal(sum(key, program), text[:sha256.Size]) {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(s.path(key), now, now) // used last
	return program
}

// write keeps a program.
func (s *cache) write(key string, program []byte) {
	if os.MkdirAll(s.dir, 0o700) != nil {
		return
	}
	file, err := atomicfile.Create(s.path(key), 0o600)
	if err != nil {
		return
	}
	defer file.Abort()
	if _, err := io.Copy(file, io.MultiReader(bytes.NewReader(sum(key, program)), bytes.NewReader(program))); err != nil {
		return
	}
	if file.Commit() == nil {
		s.tidied.Do(func() { s.tidy(maxBytes) })
	}
}

// tidy removes the least recently used programs until the rest fits. It also removes unfinished
// files of killed processes, which have the same extension.
func (s *cache) tidy(most int64) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	var programs []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.Contains(entry.Name(), extension) {
			programs = append(programs, info)
		}
	}
	slices.SortFunc(programs, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, program := range programs {
		if most -= program.Size(); most < 0 {
			_ = os.Remove(filepath.Join(s.dir, program.Name()))
		}
	}
}
