package bfloat16

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
)

// products returns the decorated engines of this machine: the default engine and the pure Go
// backend.
func products(t *testing.T) map[string]compute.Backend {
	t.Helper()
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	pure, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]compute.Backend{strings.Split(e.Config, ":")[0]: Products(e.Backend), "go": Products(pure)}
}

func randomMatrix(seed uint64, rows, columns int) [][]float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	m := make([][]float32, rows)
	for i := range m {
		m[i] = make([]float32, columns)
		for j := range m[i] {
			m[i][j] = float32(rng.NormFloat64())
		}
	}
	return m
}

func rounded(x float32) float64 { return float64(bfloat16.FromFloat32(x).Float32()) }
func exact(x float32) float64   { return float64(x) }

// multiply returns a times b in float64, with the factors rounded by round.
func multiply(a, b [][]float32, round func(float32) float64) [][]float32 {
	out := make([][]float32, len(a))
	for i := range a {
		out[i] = make([]float32, len(b[0]))
		for j := range b[0] {
			sum := 0.0
			for k := range b {
				sum += round(a[i][k]) * round(b[k][j])
			}
			out[i][j] = float32(sum)
		}
	}
	return out
}

func transposed(m [][]float32) [][]float32 {
	out := make([][]float32, len(m[0]))
	for j := range out {
		for i := range m {
			out[j] = append(out[j], m[i][j])
		}
	}
	return out
}

// distance returns the largest difference of two matrices.
func distance(a, b [][]float32) float64 {
	worst := 0.0
	for i := range a {
		for j := range a[i] {
			worst = max(worst, math.Abs(float64(a[i][j])-float64(b[i][j])))
		}
	}
	return worst
}

// The factors are rounded and the sum is not, in the product and in both products of its
// gradient.
func TestProducts(t *testing.T) {
	a, b, c := randomMatrix(1, 33, 300), randomMatrix(2, 300, 20), randomMatrix(3, 33, 20)
	for name, backend := range products(t) {
		t.Run(name, func(t *testing.T) {
			out, err := graph.CallOnceN(backend, func(a, b, c *graph.Node) []*graph.Node {
				product := graph.Dot(a, b).Product()
				return append([]*graph.Node{product}, graph.Gradient(graph.ReduceAllSum(graph.Mul(product, c)), a, b)...)
			}, a, b, c)
			if err != nil {
				t.Fatal(err)
			}
			for i, factors := range [][2][][]float32{{a, b}, {c, transposed(b)}, {transposed(a), c}} {
				got := out[i].Value().([][]float32)
				if d := distance(got, multiply(factors[0], factors[1], rounded)); d > 2e-5 {
					t.Errorf("product %d differs by %g from that of the rounded factors", i, d)
				}
				if d := distance(got, multiply(factors[0], factors[1], exact)); d < 1e-3 {
					t.Errorf("product %d differs by only %g from that of the unrounded factors", i, d)
				}
			}
		})
	}
}

// eachForm computes and checks the product x·y on every engine with every transposition of
// factors and result, with and without a batch. The equation is einsum's.
func eachForm[T any](t *testing.T, batch string, x, y T, transposed func(T) T, check func(t *testing.T, product T)) {
	turned := func(m T, turn bool) T {
		if turn {
			return transposed(m)
		}
		return m
	}
	for name, backend := range products(t) {
		for _, lhs := range []string{"mk", "km"} {
			for _, rhs := range []string{"kn", "nk"} {
				for _, result := range []string{"mn", "nm"} {
					equation := batch + lhs + "," + batch + rhs + "->" + batch + result
					t.Run(name+" "+equation, func(t *testing.T) {
						out, err := graph.CallOnce(backend, func(x, y *graph.Node) *graph.Node { return graph.Einsum(equation, x, y) }, turned(x, lhs == "km"), turned(y, rhs == "nk"))
						if err != nil {
							t.Fatal(err)
						}
						check(t, turned(out.Value().(T), result == "nm"))
					})
				}
			}
		}
	}
}

// Products with transposed factors and results, in all forms that einsum creates.
func TestTurned(t *testing.T) {
	a, b := randomMatrix(1, 40, 300), randomMatrix(2, 300, 24)
	want := multiply(a, b, rounded)
	eachForm(t, "", a, b, transposed, func(t *testing.T, got [][]float32) {
		if d := distance(got, want); d > 2e-5 {
			t.Errorf("%g away", d)
		}
	})
}

// The factors of batches of products are rounded too, in all forms of attention and its
// gradients.
func TestBatches(t *testing.T) {
	rows, columns := [][][]float32{randomMatrix(1, 48, 32), randomMatrix(2, 48, 32)}, [][][]float32{randomMatrix(3, 32, 64), randomMatrix(4, 32, 64)}
	turned := func(batch [][][]float32) (out [][][]float32) {
		for _, m := range batch {
			out = append(out, transposed(m))
		}
		return out
	}
	eachForm(t, "b", rows, columns, turned, func(t *testing.T, got [][][]float32) {
		for i := range got {
			if d := distance(got[i], multiply(rows[i], columns[i], rounded)); d > 2e-5 {
				t.Errorf("product %d differs by %g", i, d)
			}
		}
	})
}

// Attention's products with the axis of the heads in the middle, as in the encoder, and their
// gradients. Products of a batch of vectors are unchanged.
func TestHeads(t *testing.T) {
	const batch, seq, heads, size = 2, 16, 3, 8
	flat := randomMatrix(5, 3, batch*seq*heads*size)
	for name, backend := range products(t) {
		t.Run(name, func(t *testing.T) {
			exact, err := compute.NewWithConfig("go:parallelism=-1")
			if err != nil {
				t.Fatal(err)
			}
			var found [2][]*tensors.Tensor
			for i, b := range []compute.Backend{backend, exact} {
				found[i], err = graph.CallOnceN(b, func(in *graph.Node) []*graph.Node {
					part := func(i int) *graph.Node {
						return graph.Reshape(graph.Slice(in, graph.AxisElem(i)), batch, seq, heads, size)
					}
					q, k, v := part(0), part(1), part(2)
					y := graph.Einsum("bhqk,bkhd->bqhd", graph.Einsum("bqhd,bkhd->bhqk", q, k), v)
					first := graph.Einsum("bhd,bhd->bh", graph.Squeeze(graph.Slice(q, graph.AxisRange(), graph.AxisElem(0)), 1), graph.Squeeze(graph.Slice(k, graph.AxisRange(), graph.AxisElem(0)), 1))
					return append([]*graph.Node{first, y}, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), q, k, v)...)
				}, flat)
				if err != nil {
					t.Fatal(err)
				}
			}
			for i := range found[0] {
				got, want := tensors.MustCopyFlatData[float32](found[0][i]), tensors.MustCopyFlatData[float32](found[1][i])
				switch d := testenv.RelativeDistance(got, want); {
				case i == 0 && d > 1e-6:
					t.Errorf("products of vectors are off by %g of their length", d)
				case i > 0 && (d > 0.02 || d < 1e-4):
					t.Errorf("output %d is off by %g of its length, expected what rounding does", i, d)
				}
			}
		})
	}
}

// Products of other types than float32 are unchanged.
func TestOtherTypes(t *testing.T) {
	for name, backend := range products(t) {
		t.Run(name, func(t *testing.T) {
			out, err := graph.CallOnceN(backend, func(a *graph.Node) []*graph.Node {
				return []*graph.Node{graph.Dot(a, a).Product(), graph.ConvertDType(graph.Dot(graph.ConvertDType(a, dtypes.Int32), graph.ConvertDType(a, dtypes.Int32)).Product(), dtypes.Float64)}
			}, []float64{1.001, 257})
			if err != nil {
				t.Fatal(err)
			}
			if got := tensors.ToScalar[float64](out[0]); math.Abs(got-(1.001*1.001+257*257)) > 1e-9 {
				t.Errorf("the product in float64 is %v", got)
			}
			if got := tensors.ToScalar[float64](out[1]); got != 1+257*257 {
				t.Errorf("the product in int32 is %v", got)
			}
		})
	}
}

// The decorator builds functions within functions, and the engine accepts them.
func TestClosures(t *testing.T) {
	for name, backend := range products(t) {
		t.Run(name, func(t *testing.T) {
			out, err := graph.CallOnceN(backend, func(a *graph.Node) []*graph.Node {
				g := a.Graph()
				shape := a.Shape()
				cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
					n := graph.Parameter(g, "n", shapes.Scalar[int32]())
					graph.Parameter(g, "power", shape)
					return []*graph.Node{graph.LessThan(n, graph.Const(g, int32(2)))}
				})
				body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
					n := graph.Parameter(g, "n", shapes.Scalar[int32]())
					power := graph.Parameter(g, "power", shape)
					return []*graph.Node{graph.AddScalar(n, 1), graph.Dot(power, power).Product()}
				})
				pick := func(scale float64) *graph.Function {
					return graph.NewClosure(g, func(g *graph.Graph) []*graph.Node { return []*graph.Node{graph.Const(g, float32(scale))} })
				}
				return []*graph.Node{
					graph.While(cond, body, graph.Const(g, int32(0)), a)[1],
					graph.If(graph.Const(g, true), pick(3), pick(4))[0],
					graph.Sort(graph.Const(g, []float32{3, 1, 2}), 0, true),
				}
			}, [][]float32{{1.001, 0}, {0, 3}})
			if err != nil {
				t.Fatal(err)
			}
			if got := out[0].Value().([][]float32); got[0][0] != 1 || got[1][1] != 81 { // 1.001 rounds to 1
				t.Errorf("the fourth power in a loop is %v", got)
			}
			if got := fmt.Sprint(out[1].Value(), out[2].Value()); got != "3 [1 2 3]" {
				t.Errorf("branch and sorted values are %s", got)
			}
		})
	}
}

// The output of an execution is an input of the next one without leaving the device.
func TestBuffersStay(t *testing.T) {
	for name, backend := range products(t) {
		t.Run(name, func(t *testing.T) {
			double, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node { return graph.Add(x, x) })
			if err != nil {
				t.Fatal(err)
			}
			defer double.Finalize()
			x := tensors.FromValue([]float32{1, 2})
			for range 3 {
				if x, err = double.Call1(x); err != nil {
					t.Fatal(err)
				}
				if owner, err := x.Backend(); err != nil || owner != backend {
					t.Fatalf("the result lies on %v (%v), expected the decorated engine", owner, err)
				}
			}
			if got := fmt.Sprint(x.Value()); got != "[8 16]" {
				t.Errorf("doubled three times: %s", got)
			}
		})
	}
}
