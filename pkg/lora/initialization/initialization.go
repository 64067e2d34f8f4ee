package initialization

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/random"
)

// methods are all initializations, in the order in which errors list them.
var methods = []Method{kaiming, gaussian, orthogonal, uniform, pissa, olora, eva}

// Method is an initialization. Exactly one of Draw, FromWeight and FromInputs says how it
// makes A and B.
type Method struct {
	Name string // as a lora.Config's Init names it
	PEFT any    // its value of init_lora_weights in adapter_config.json; true where PEFT does not have it

	// Draw draws A [r, in] and B [out, r] of a projection.
	Draw func(rng *rand.Rand, m Module) (A, B []float32)

	// FromWeight makes A and B from the weight W [out, in] of a projection, in float64. The
	// part s·B·A of the weight moves into the matrices: the weight becomes W - s·B·A, so that
	// the fresh adapter changes nothing. It may use rng. An error is the reason of an [Error].
	FromWeight func(rng *rand.Rand, m Module, W *mat.Dense) (A, B []float32, err error)

	// FromInputs is set where A is made from the inputs that the modules get over real
	// batches. The caller gathers them as [Moments].
	FromInputs bool

	// DrawEmbedding draws the matrices of an embedding; nil where the initialization is for
	// projections alone.
	DrawEmbedding func(rng *rand.Rand, m Module) (A, B []float32)

	EvenRank    bool // it takes even ranks only
	LoRABias    bool // PEFT combines it with lora_bias
	ChangesBase bool // the fresh adapter changes what the model computes
}

// Module is an adapted projection with a weight [Out, In], or an embedding with [In, Out].
type Module struct {
	Name      string  // dotted; the values that are drawn depend on it and on the seed alone
	In, Out   int     // widths of the input and the output
	Rank      int     // r of A [r, in] and B [out, r]
	Scaling   float64 // s of W + s·B·A
	Embedding bool    // it looks rows of its weight up
}

// Error says why the matrices of a module cannot be initialized.
type Error struct {
	Module string // dotted name
	Method string // name of the initialization
	Reason string // what was found, what was expected, what to do
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("initialization: module %s: %s: %s", e.Module, e.Method, e.Reason)
}

// All are all initializations, "pissa_niter_N" left out.
func All() []Method { return slices.Clone(methods) }

// Names are the names of all initializations; "pissa_niter_N" stands for one with each whole
// number N.
func Names() []string {
	var names []string
	for _, m := range methods {
		names = append(names, m.Name)
	}
	return append(names, PiSSA+"_niter_N")
}

// Find returns the initialization of a name. The error for another name lists [Names].
func Find(name string) (Method, error) {
	if i := slices.IndexFunc(methods, func(m Method) bool { return m.Name == name }); i >= 0 {
		return methods[i], nil
	}
	if passes, ok := pissaPasses(name); ok {
		return pissaWithPasses(name, passes), nil
	}
	return Method{}, fmt.Errorf("initialization %q: expected one of %s, N a whole number", name, strings.Join(Names(), ", "))
}

// MovesWeight reports whether a part of the weight moves into A and B.
func (m Method) MovesWeight() bool { return m.FromWeight != nil }

// Drawn reports whether A and B follow from the seed and the module's name alone.
func (m Method) Drawn() bool { return m.Draw != nil }

// Matrices makes A [r, in] and B [out, r] of a module. W is its weight, row by row, which
// only an initialization that moves weight reads. The numbers depend on the seed, the
// module's name and its weight alone: neither the engine nor the other modules change them.
//
// A weight of which A and B cannot be made gives an *[Error].
func (m Method) Matrices(module Module, seed int64, W []float32) (A, B []float32, err error) {
	fail := func(format string, args ...any) ([]float32, []float32, error) {
		return nil, nil, &Error{module.Name, m.Name, fmt.Sprintf(format, args...)}
	}
	rng := random.Named(seed, module.Name)
	switch {
	case module.In < 1 || module.Out < 1 || module.Rank < 1:
		return fail("expected widths and a rank of at least 1, found in %d, out %d, rank %d", module.In, module.Out, module.Rank)
	case m.EvenRank && !module.Embedding && module.Rank%2 != 0:
		return fail("expected an even rank, found %d", module.Rank)
	case module.Embedding && m.DrawEmbedding != nil:
		A, B = m.DrawEmbedding(rng, module)
		return A, B, nil
	case module.Embedding:
		return fail("expected a projection, found an embedding: take another initialization")
	case m.Draw != nil:
		A, B = m.Draw(rng, module)
		return A, B, nil
	case m.FromWeight == nil:
		return fail("expected the module's inputs: this initialization is not made from seed and weight")
	case len(W) != module.In*module.Out:
		return fail("expected a weight [%d, %d], found %d values", module.Out, module.In, len(W))
	case module.Rank > min(module.In, module.Out):
		return fail("expected a rank of at most %d, the narrower width of its weight, found %d", min(module.In, module.Out), module.Rank)
	}
	values := make([]float64, len(W))
	for i, w := range W {
		values[i] = float64(w)
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return fail("its weight[%d, %d] is %v, expected a finite number: load the model again", i/module.In, i%module.In, w)
		}
	}
	if A, B, err = m.FromWeight(rng, module, mat.NewDense(module.Out, module.In, values)); err != nil {
		return nil, nil, &Error{module.Name, m.Name, err.Error()}
	}
	return A, B, nil
}

// zeros are the values of B, of which a fresh adapter changes nothing.
func zeros(rows, columns int) []float32 { return make([]float32, rows*columns) }
