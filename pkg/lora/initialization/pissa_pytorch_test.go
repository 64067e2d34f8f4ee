package initialization

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/loratest"
)

// From the matrices omega that PEFT drew, the randomized decomposition is PEFT's, of which
// testdata/make_starts.py wrote omega, A, B and what is left of the weight.
func TestRandomizedPiSSAIsPEFTs(t *testing.T) {
	const prefix = "base_model.model."
	want := loratest.Read(t, loratest.Testdata+"/starts/pissa-niter.safetensors")
	base := loratest.Read(t, loratest.Testdata+"/base.safetensors")
	flat := func(name string) []float32 { return tensors.MustCopyFlatData[float32](want[name]) }
	dense := func(values []float32, rows, columns int) *mat.Dense {
		wide := make([]float64, len(values))
		for i, v := range values {
			wide[i] = float64(v)
		}
		return mat.NewDense(rows, columns, wide)
	}
	single := func(m *mat.Dense) []float32 {
		var list []float32
		for i := range m.RawMatrix().Rows {
			for _, v := range m.RawRowView(i) {
				list = append(list, float32(v))
			}
		}
		return list
	}
	modules := 0
	for key := range want {
		name, ok := strings.CutPrefix(key, "omega."+prefix)
		if !ok {
			continue
		}
		modules++
		name = strings.TrimSuffix(name, ".lora_A.weight")
		weight := base[name+".weight"]
		m := Module{Name: name, In: weight.Shape().Dim(1), Out: weight.Shape().Dim(0), Rank: 2, Scaling: 3. / 2}
		W := dense(tensors.MustCopyFlatData[float32](weight), m.Out, m.In)
		svd, ok := lowRankSVD(m, W, dense(flat(key), min(m.In, m.Out), m.Rank), 1)
		A, B, err := principalFactors(m, svd, ok)
		if err != nil {
			t.Fatal(err)
		}
		product := func(A, B []float32) *mat.Dense {
			var p mat.Dense
			p.Mul(dense(B, m.Out, m.Rank), dense(A, m.Rank, m.In))
			p.Scale(m.Scaling, &p)
			return &p
		}
		moved := product(A, B)
		loratest.Near(t, name+" s·B·A", single(moved), single(product(flat(prefix+name+".lora_A.weight"), flat(prefix+name+".lora_B.weight"))), 1e-4)
		var left mat.Dense
		left.Sub(W, moved)
		loratest.Near(t, name+" weight", single(&left), flat(prefix+name+".base_layer.weight"), 1e-4)
	}
	if modules != 7 {
		t.Errorf("%d modules, want 7", modules)
	}
}
