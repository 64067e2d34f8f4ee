package lora

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// Target is an adapted projection or embedding.
type Target struct {
	Scope     string // absolute path of the module's scope
	Name      string // dotted name of the module
	In, Out   int    // of the weight [out, in] of a projection, [in, out] of an embedding
	R         int    // rank of the matrices
	Scaling   float64
	Bias      bool // B has a bias [out]
	DoRA      bool
	embedding bool
	alpha     float64
}

// columns is the length of a row of the weight.
func (t Target) columns() int {
	if t.embedding {
		return t.Out
	}
	return t.In
}

// output is the module's output to which the value i of the weight belongs.
func (t Target) output(i int) int {
	if t.embedding {
		return i % t.Out
	}
	return i / t.In
}

// PathWeight is the absolute path of the module's weight.
func (t Target) PathWeight() string { return t.Scope + "/weight" }

// PathA is the absolute path of A [r, in].
func (t Target) PathA() string { return t.pathMatrix("A") }

// PathB is the absolute path of B [out, r].
func (t Target) PathB() string { return t.pathMatrix("B") }

func (t Target) pathMatrix(name string) string {
	if t.embedding {
		return t.Scope + "/lora_embedding_" + name
	}
	return t.Scope + "/lora_" + name + "/weight"
}

// PathBias is the absolute path of B's bias [out].
func (t Target) PathBias() string { return t.Scope + "/lora_B/bias" }

// pathModuleBias is the absolute path of the module's own bias.
func (t Target) pathModuleBias() string { return t.Scope + "/bias" }

// PathMagnitude is the absolute path of DoRA's magnitudes [out].
func (t Target) PathMagnitude() string { return t.Scope + "/" + magnitudeName }

// newTarget checks that the module can be adapted.
func newTarget(store *model.Store, scope, name string, embedding bool) (Target, error) {
	fail := func(format string, args ...any) (Target, error) {
		return Target{}, fmt.Errorf("lora: module %s: %s", name, fmt.Sprintf(format, args...))
	}
	weight := store.GetVariable(scope + "/weight")
	if weight == nil {
		return fail("the model has no variable %s/weight: load the model before the adapter", scope)
	}
	shape := weight.Shape()
	if shape.Rank() != 2 || !floats.Supported(shape.DType) {
		return fail("expected a weight [out, in] of floats, found %s", shape)
	}
	t := Target{Scope: scope, Name: name, In: shape.Dim(1), Out: shape.Dim(0), embedding: embedding}
	if embedding {
		t.In, t.Out = t.Out, t.In
	}
	for _, path := range []string{t.PathA(), t.PathB(), t.PathBias(), t.PathMagnitude(), sparse{Target: t}.pathValues()} {
		if store.GetVariable(path) != nil {
			return fail("it has an adapter already: variable %s exists", path)
		}
	}
	return t, nil
}

// complete gives the target what the configuration says, and checks that they go together.
// lenient is as for newLayout.
func (t *Target) complete(c Config, m *match.Matcher, lenient bool) (err error) {
	method := c.initialization()
	t.Bias, t.DoRA = c.LoRABias, c.DoRA
	if t.Bias && t.embedding {
		return &ConfigError{Field: "lora_bias", Value: c.LoRABias, Reason: fmt.Sprintf("cannot be combined with embeddings, as in PEFT: leave it out, or %s", t.Name)}
	}
	if t.embedding && method.DrawEmbedding == nil {
		return &ConfigError{Field: "init_lora_weights", Value: c.Init, Reason: fmt.Sprintf("cannot be combined with embeddings: take another initialization, or leave out %s", t.Name)}
	}
	if t.R, t.alpha, err = c.strength(m, *t); err != nil {
		return err
	}
	t.Scaling = c.scaling(t.R, t.alpha)
	if method.EvenRank && !t.embedding && t.R%2 != 0 && !lenient {
		return &ConfigError{Field: "init_lora_weights", Value: c.Init, Reason: fmt.Sprintf("expected an even rank, %s would have %d", t.Name, t.R)}
	}
	if width := min(t.In, t.Out); t.R > width && !lenient {
		field := "r"
		switch {
		case c.Fraction > 0:
			field = "fraction"
		case t.R != c.R:
			field = "rank_pattern"
		}
		return &ConfigError{Field: field, Value: t.R, Reason: fmt.Sprintf("expected at most %d, the narrower width of the weight [%d, %d] of %s", width, t.In*t.Out/t.columns(), t.columns(), t.Name)}
	}
	return nil
}

// strength returns the rank and alpha that the configuration gives a target. m is its matcher.
func (c Config) strength(m *match.Matcher, t Target) (r int, alpha float64, err error) {
	r, alpha = c.R, c.Alpha
	if f := c.Fraction; f > 0 {
		r = max(1, int(math.Round(f*float64(t.In)*float64(t.Out)/float64(t.In+t.Out))))
	}
	if i, err := m.RankPattern(t.Name); err != nil {
		return 0, 0, err
	} else if i >= 0 {
		r = c.RankPattern[i].Value
	}
	if i, err := m.AlphaPattern(t.Name); err != nil {
		return 0, 0, err
	} else if i >= 0 {
		alpha = c.AlphaPattern[i].Value
	}
	return r, alpha, nil
}
