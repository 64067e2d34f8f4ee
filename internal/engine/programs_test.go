package engine

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/plugin"
)

// asProgram is set where this test's program is to compute something and end.
const asProgram = "LORABOOK_TEST_COMPUTES"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		computes()
		return
	}
	os.Exit(m.Run())
}

// Orders in which computes compiles its programs.
const (
	ascending  = "ascending"
	descending = "descending"
)

// computes prints two numbers, each of which a program of its own computes. GoMLX names the programs by
// the order of their compilation.
func computes() {
	e, err := Open()
	if err != nil {
		panic(err)
	}
	exec := graph.MustNewExec(e.Backend, func(x *graph.Node) *graph.Node {
		return graph.ReduceAllSum(graph.Tanh(graph.MatMul(x, graph.Transpose(x, 0, 1))))
	})
	sizes := []int{3, 5}
	if os.Getenv(asProgram) == descending {
		slices.Reverse(sizes)
	}
	lines := map[int]string{}
	for _, n := range sizes {
		x := make([]float32, n*n)
		for i := range x {
			x[i] = float32(i%7) / 10
		}
		lines[n] = fmt.Sprintln(strings.Split(e.Config, ":")[0], tensors.MustCopyFlatData[float32](exec.MustCall1(tensors.FromFlatDataAndDimensions(x, n, n))))
	}
	fmt.Print(lines[3], lines[5])
}

// A second process takes the programs of the first, in whatever order it needs them, and computes the
// same to the bit, and so does one that finds them damaged, or is not to take any.
func TestProgramsAreKept(t *testing.T) {
	if _, ok := plugin.Find("cpu"); !ok || !hasXLA() {
		t.Skip("no XLA plugin for this build: run `go run ./kernel install` with cgo on")
	}
	dir := filepath.Join(t.TempDir(), "programs")
	compute := func(dir, order string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), asProgram+"="+order, "GOMLX_BACKEND=xla:cpu", EnvPrograms+"="+dir)
		var told bytes.Buffer
		command.Stderr = &told
		out, err := command.Output()
		if err != nil || told.Len() > 0 {
			t.Fatalf("%v: %s", err, told.String())
		}
		return string(out)
	}
	files := func() map[string]string {
		t.Helper()
		paths, err := filepath.Glob(filepath.Join(dir, "*.xla"))
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(text)
		}
		return texts
	}
	want := compute("off", ascending)
	if n := strings.Count(want, "xla ["); n != 2 || len(files()) != 0 {
		t.Fatalf("%q, %d programs kept", want, len(files()))
	}
	if got := compute(dir, ascending); got != want {
		t.Errorf("compiled: %q, want %q", got, want)
	}
	first := files()
	if len(first) < 2 {
		t.Fatalf("%d programs are kept, want one of each shape", len(first))
	}
	// What is written anew would be another file.
	for path := range first {
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	for _, order := range []string{ascending, descending} {
		if got := compute(dir, order); got != want {
			t.Errorf("kept, %s: %q, want %q", order, got, want)
		}
		for path := range files() {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 || first[path] == "" {
				t.Errorf("%s: %s was compiled again (%v)", order, path, err)
			}
		}
	}
	for name, damage := range map[string]func(path, text string) string{
		"cut": func(_, text string) string { return text[:len(text)/2] },
		// As it should be, but nothing that the plugin can load.
		"garbage": func(path, text string) string {
			key, garbage := strings.TrimSuffix(filepath.Base(path), ".xla"), strings.Repeat("garbage", 100)
			sum := sha256.Sum256([]byte(key + "\n" + garbage))
			return string(sum[:]) + garbage
		},
	} {
		for path, text := range first {
			if err := os.WriteFile(path, []byte(damage(path, text)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := compute(dir, ascending); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		for path, text := range files() {
			if len(text) < len(first[path])/10*9 {
				t.Errorf("%s: %s is so still, %d bytes", name, path, len(text))
			}
		}
	}
}
