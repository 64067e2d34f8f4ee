package bfloat16

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"golang.org/x/sys/cpu"

	"github.com/lorabook/lorabook/internal/engine"
)

// dumped is the folder to which XLA writes its programs in the child process of TestKernels.
const dumped = "LORABOOK_TEST_DUMPED"

// XLA must keep the products of a layer and of its gradients in bfloat16. Products without a
// kernel in its plugin become float32 products of rounded factors, which have the same values and
// are slower.
func TestKernels(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	if e.Config != "xla:cpu" || !cpu.X86.HasAVX512BF16 && !cpu.X86.HasAMXBF16 {
		t.Skipf("%s on this processor: expected XLA's CPU plugin, and avx512_bf16 or AMX", e)
	}
	if os.Getenv(dumped) != "" {
		computeLayer(t, e)
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKernels$")
	child.Env = append(os.Environ(), dumped+"="+dir, engine.EnvPrograms+"=off", "XLA_FLAGS=--xla_dump_to="+dir+" --xla_dump_hlo_as_text")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*cpu_after_optimizations.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("XLA wrote no programs: %v", err)
	}
	products := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, computation := range strings.Split(string(text), "\n}") {
			for _, dot := range dots.FindAllStringSubmatch(computation, -1) {
				products++
				for _, factor := range dot[1:] {
					if !strings.Contains(computation, factor+" = bf16[") {
						t.Errorf("factor %s is not bfloat16: %s", factor, dot[0])
					}
				}
			}
		}
	}
	if products != 9 { // two matrices, scores and values, each with two products in its gradient
		t.Errorf("%d products, expected 9", products)
	}
}

var dots = regexp.MustCompile(`= f32.* dot\((%[\w.-]+), (%[\w.-]+)\)`)

// computeLayer computes attention between two projections, and the gradients.
func computeLayer(t *testing.T, e *engine.Engine) {
	const batch, seq, heads, size = 2, 64, 3, 64
	x := randomMatrix(1, batch*seq, heads*size)
	_, err := graph.CallOnceN(Products(e.Backend), func(x, w *graph.Node) []*graph.Node {
		q := graph.Reshape(graph.Einsum("mk,nk->mn", x, w), batch, seq, heads, size)
		y := graph.Einsum("bhqk,bkhd->bqhd", graph.Tanh(graph.Einsum("bqhd,bkhd->bhqk", q, q)), q)
		return graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), x, w)
	}, x, randomMatrix(2, heads*size, heads*size))
	if err != nil {
		t.Fatal(err)
	}
}
