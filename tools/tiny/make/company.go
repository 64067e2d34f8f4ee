package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
)

// A masked language model that starts from random embeddings spends its first
// millions of tokens finding out which pieces resemble each other. Counting says so
// in seconds: the first singular vectors of the positive pointwise mutual information
// of pieces and their neighbours (Levy and Goldberg 2014) stand in for them.
const (
	window     = 10   // neighbours on either side
	smoothing  = 0.75 // power of a neighbour's frequency, against rare ones
	spare      = 64   // more vectors than wanted, for the approximation's sake
	iterations = 4    // of the subspace (Halko, Martinsson and Tropp 2011)
)

// embedByCompany sets the model's word embeddings, and the bias of its masked-word
// head to the logarithm of each piece's frequency. ids are whole texts with their
// special tokens.
func embedByCompany(ctx context.Context, m *bert.Model, ids [][]int32, seed int64) error {
	vocab, hidden := m.Config.VocabSize, m.Config.HiddenSize
	counts, frequency := countCompany(ids, vocab)
	if err := ctx.Err(); err != nil {
		return err
	}
	vectors, err := leadingVectors(ctx, information(counts, vocab), hidden, seed)
	if err != nil {
		return err
	}
	special := []int32{m.Tokenizer.PAD(), m.Tokenizer.UNK(), m.Tokenizer.CLS(), m.Tokenizer.SEP(), m.Tokenizer.MASK()}
	rng := random.Named(seed, "embeddings of the special tokens")
	norm := m.Config.InitializerRange * math.Sqrt(float64(hidden)) // as long as fresh embeddings are
	for id := range vocab {
		v := vectors[id*hidden : (id+1)*hidden]
		length := 0.0
		for _, x := range v {
			length += float64(x) * float64(x)
		}
		length = math.Sqrt(length)
		for j := range v {
			if slices.Contains(special, int32(id)) || length == 0 {
				v[j] = float32(rng.NormFloat64() * m.Config.InitializerRange)
			} else {
				v[j] *= float32(norm / length)
			}
		}
	}
	bias := make([]float32, vocab)
	total := 0.0
	for _, n := range frequency {
		total += float64(n) + 1
	}
	for id, n := range frequency {
		bias[id] = float32(math.Log((float64(n) + 1) / total))
	}
	if err := setVariable(m, bert.WordEmbeddings, tensors.FromFlatDataAndDimensions(vectors, vocab, hidden)); err != nil {
		return err
	}
	return setVariable(m, bert.MaskedLMBias, tensors.FromFlatDataAndDimensions(bias, vocab))
}

func setVariable(m *bert.Model, name string, value *tensors.Tensor) error {
	v := m.Variable(name)
	if v == nil {
		return fmt.Errorf("the model has no %s", name)
	}
	return v.SetValue(value)
}

// countCompany counts how often two pieces stand within the window [vocab, vocab],
// and how often each piece occurs. Special tokens are left out.
func countCompany(ids [][]int32, vocab int) (pairs []int32, pieces []int) {
	pairs, pieces = make([]int32, vocab*vocab), make([]int, vocab)
	for _, text := range ids {
		text = text[1 : len(text)-1]
		for i, a := range text {
			pieces[a]++
			for _, b := range text[i+1 : min(len(text), i+1+window)] {
				pairs[int(a)*vocab+int(b)]++
				pairs[int(b)*vocab+int(a)]++
			}
		}
	}
	return pairs, pieces
}

// sparse is a square matrix by rows.
type sparse struct {
	n      int
	start  []int // of each row in the others, n+1
	column []int32
	value  []float32
}

// information is max(0, log p(a,b)/(p(a)·p'(b))) of the counts, p' smoothed.
func information(counts []int32, n int) *sparse {
	sums, smooth, total := make([]float64, n), make([]float64, n), 0.0
	for a := range n {
		for _, c := range counts[a*n : (a+1)*n] {
			sums[a] += float64(c)
		}
		smooth[a] = math.Pow(sums[a], smoothing)
		total += smooth[a]
	}
	s := &sparse{n: n, start: make([]int, 1, n+1)}
	for a := range n {
		for b, c := range counts[a*n : (a+1)*n] {
			if c == 0 {
				continue
			}
			if v := math.Log(float64(c) * total / (sums[a] * smooth[b])); v > 0 {
				s.column = append(s.column, int32(b))
				s.value = append(s.value, float32(v))
			}
		}
		s.start = append(s.start, len(s.column))
	}
	return s
}

// transposed is s with rows and columns exchanged.
func (s *sparse) transposed() *sparse {
	t := &sparse{n: s.n, start: make([]int, s.n+1), column: make([]int32, len(s.column)), value: make([]float32, len(s.value))}
	for _, c := range s.column {
		t.start[c+1]++
	}
	for i := range s.n {
		t.start[i+1] += t.start[i]
	}
	next := slices.Clone(t.start)
	for row := range s.n {
		for i := s.start[row]; i < s.start[row+1]; i++ {
			at := next[s.column[i]]
			next[s.column[i]]++
			t.column[at], t.value[at] = int32(row), s.value[i]
		}
	}
	return t
}

// times is s·x for x [n, k]; every row is summed in its own order, whatever the
// number of processors.
func (s *sparse) times(x *mat.Dense) *mat.Dense {
	_, k := x.Dims()
	y := mat.NewDense(s.n, k, nil)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for row := w; row < s.n; row += workers {
				sum := y.RawRowView(row)
				for i := s.start[row]; i < s.start[row+1]; i++ {
					v := float64(s.value[i])
					for j, other := range x.RawRowView(int(s.column[i])) {
						sum[j] += v * other
					}
				}
			}
		})
	}
	wg.Wait()
	return y
}

// leadingVectors are the first k left singular vectors of s, each times the root of
// its singular value and less the mean of all pieces: [n, k].
func leadingVectors(ctx context.Context, s *sparse, k int, seed int64) ([]float32, error) {
	t := s.transposed()
	rng := random.Named(seed, "subspace of the embeddings")
	x := mat.NewDense(s.n, k+spare, nil)
	for i := range s.n {
		for j := range x.RawRowView(i) {
			x.Set(i, j, rng.NormFloat64())
		}
	}
	y := s.times(x)
	for range iterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		y = s.times(t.times(orthonormal(y)))
	}
	q := orthonormal(y)
	var small mat.SVD
	if !small.Factorize(t.times(q), mat.SVDThin) { // (qᵀ·s)ᵀ [n, k+spare]
		return nil, fmt.Errorf("the singular values of the pieces' company do not converge")
	}
	var v, u mat.Dense
	small.VTo(&v)
	u.Mul(q, &v) // [n, k+spare]
	values := small.Values(nil)
	out := make([]float32, s.n*k)
	for j := range k {
		mean := 0.0
		for i := range s.n {
			mean += u.At(i, j) / float64(s.n)
		}
		for i := range s.n {
			out[i*k+j] = float32((u.At(i, j) - mean) * math.Sqrt(values[j]))
		}
	}
	return out, nil
}

// orthonormal replaces y by an orthonormal basis of its columns.
func orthonormal(y *mat.Dense) *mat.Dense {
	raw := y.RawMatrix()
	tau := make([]float64, raw.Cols)
	size := make([]float64, 1)
	lapack64.Geqrf(raw, tau, size, -1)
	work := make([]float64, int(size[0]))
	lapack64.Geqrf(raw, tau, work, len(work))
	lapack64.Orgqr(raw, tau, size, -1)
	work = make([]float64, int(size[0]))
	lapack64.Orgqr(raw, tau, work, len(work))
	return y
}
