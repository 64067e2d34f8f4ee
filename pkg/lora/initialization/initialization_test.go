package initialization

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// matrices makes A and B by the initialization of a name, without a weight.
func matrices(t *testing.T, name string, seed int64, m Module) (A, B []float32) {
	t.Helper()
	method, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	if A, B, err = method.Matrices(m, seed, nil); err != nil {
		t.Fatal(err)
	}
	return A, B
}

// Values are drawn with the deviations of the formulas, by seed and module name alone.
func TestDrawn(t *testing.T) {
	for name, want := range map[string]struct{ a, b float64 }{ // deviations
		Kaiming:    {1 / math.Sqrt(3*200), 0},
		Gaussian:   {1. / 8, 0},
		Orthogonal: {0.1 * math.Sqrt(0.5), 0.1 * math.Sqrt(0.5)},
		Random:     {1 / math.Sqrt(3*200), 1 / math.Sqrt(3*8)},
	} {
		query := Module{Name: "encoder.query", In: 200, Out: 120, Rank: 8, Scaling: 1}
		A, B := matrices(t, name, 3, query)
		if len(A) != 8*200 || len(B) != 120*8 {
			t.Fatalf("%q: %d and %d values", name, len(A), len(B))
		}
		for i, m := range []struct {
			values []float32
			want   float64
		}{{A, want.a}, {B, want.b}} {
			mean, square := 0.0, 0.0
			for _, v := range m.values {
				mean += float64(v) / float64(len(m.values))
				square += float64(v) * float64(v) / float64(len(m.values))
			}
			if d := math.Sqrt(square); math.Abs(d-m.want) > 0.1*m.want || math.Abs(mean) > 5*m.want/math.Sqrt(float64(len(m.values))) {
				t.Errorf("%q: matrix %d has mean %.4f and deviation %.4f, expected 0 and %.4f", name, i, mean, d, m.want)
			}
		}
		if again, _ := matrices(t, name, 3, query); fmt.Sprint(again) != fmt.Sprint(A) {
			t.Errorf("%q: the same seed gave other values", name)
		}
		if other, _ := matrices(t, name, 4, query); fmt.Sprint(other) == fmt.Sprint(A) {
			t.Errorf("%q: another seed gave the same values", name)
		}
		query.Name = "encoder.value"
		if other, _ := matrices(t, name, 3, query); fmt.Sprint(other) == fmt.Sprint(A) {
			t.Errorf("%q: another module got the same values", name)
		}
	}
}

// The matrices of an embedding are PEFT's: A zero, B normal with deviation 1.
func TestEmbedding(t *testing.T) {
	A, B := matrices(t, Kaiming, 1, Module{Name: "m", Rank: 100, In: 50, Out: 100, Embedding: true})
	square := 0.0
	for _, b := range B {
		square += float64(b) * float64(b) / float64(len(B))
	}
	if slices.ContainsFunc(A, func(v float32) bool { return v != 0 }) || math.Abs(square-1) > 0.05 {
		t.Errorf("A %v, mean square of B %g", A, square)
	}
}

// Every initialization is found by its name, says what it is made from, and refuses what it
// is not made for.
func TestMethods(t *testing.T) {
	for _, name := range append(Names()[:len(methods)], "pissa_niter_0", "pissa_niter_16") {
		t.Run(name, func(t *testing.T) {
			method, err := Find(name)
			if err != nil || method.Name != name {
				t.Fatalf("found %q, %v", method.Name, err)
			}
			made := 0
			for _, from := range []bool{method.Draw != nil, method.FromWeight != nil, method.FromInputs} {
				if from {
					made++
				}
			}
			if made != 1 || method.PEFT == nil {
				t.Errorf("made in %d ways, init_lora_weights %v", made, method.PEFT)
			}
			module := Module{Name: "layer.0.query", In: 4, Out: 4, Rank: 2, Scaling: 1, Embedding: true}
			if _, _, err := method.Matrices(module, 1, nil); (err == nil) != (method.DrawEmbedding != nil) {
				t.Errorf("an embedding gave %v", err)
			}
			module.Embedding = false
			if _, _, err := method.Matrices(module, 1, make([]float32, 3)); method.MovesWeight() && (err == nil || !strings.Contains(err.Error(), "expected a weight [4, 4], found 3 values")) {
				t.Errorf("another weight gave %v", err)
			}
			if _, _, err := method.Matrices(Module{Name: "x", In: 4, Out: 4, Rank: 3, Scaling: 1}, 1, nil); method.EvenRank && (err == nil || !strings.Contains(err.Error(), "even rank, found 3")) {
				t.Errorf("an odd rank gave %v", err)
			}
			if _, _, err := method.Matrices(Module{Name: "x", In: 4, Out: 4}, 1, nil); err == nil || !strings.Contains(err.Error(), "rank 0") {
				t.Errorf("rank 0 gave %v", err)
			}
			var bad *Error
			if _, _, err := method.Matrices(module, 1, nil); method.FromInputs && (!errors.As(err, &bad) || bad.Module != module.Name || bad.Method != name) {
				t.Errorf("without inputs: %v", err)
			}
		})
	}
	for _, name := range []string{"", "true", "Kaiming", "pissa_niter_", "pissa_niter_-1", "pissa_niter_01", "pissa_niter_N"} {
		if _, err := Find(name); err == nil || !strings.Contains(err.Error(), "expected one of kaiming, ") {
			t.Errorf("%q gave %v", name, err)
		}
	}
}
