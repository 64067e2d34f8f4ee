package initialization

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// EVA makes the rows of A the principal directions of the inputs that a module gets over real
// batches, and sets B to zero; modules whose inputs vary in more directions get higher ranks.
// Paischer et al. 2024, https://arxiv.org/abs/2410.07170; PEFT's "eva". [Moments.Principal]
// finds the directions, [Distribute] the ranks.
const EVA = "eva"

var eva = Method{Name: EVA, PEFT: EVA, FromInputs: true}

// Directions are the principal directions of a module's inputs, those with the largest
// variance first.
type Directions struct {
	Vectors [][]float64 // orthonormal, [k][in]; of each vector the value of most size is positive
	Values  []float64   // singular values of the centred inputs, falling
	Shares  []float64   // of the inputs' variance
}

// A is the matrix A [r, in] of the first r directions. whiten divides each row by the root of
// its singular value, and is an error where that is zero.
func (d Directions) A(r int, whiten bool) ([]float32, error) {
	A := make([]float32, 0, r*len(d.Vectors[0]))
	for k, vector := range d.Vectors[:r] {
		root := 1.0
		if whiten {
			if !(d.Values[k] > singularTolerance*d.Values[0]) {
				return nil, fmt.Errorf("only %d directions of its inputs vary, and whitening divides by the variation of each of %d: lower the rank or rho, or leave whiten out", k, r)
			}
			root = math.Sqrt(d.Values[k])
		}
		for _, v := range vector {
			A = append(A, float32(v/root))
		}
	}
	return A, nil
}

// Distribute gives the sum of the modules' ranks to the directions with the largest shares of
// variance, and returns each module's new rank, zero for some. shares[i] are those of module
// i, falling. Modules with the same input have the same group. Among equal shares those of
// the first module of a group come first, as in PEFT. A sum beyond the number of directions gives
// every direction one rank.
func Distribute(ranks, group []int, shares [][]float64) []int {
	seen := map[int]bool{}
	var first, rest []int
	for i := range ranks {
		if seen[group[i]] {
			rest = append(rest, i)
			continue
		}
		seen[group[i]] = true
		first = append(first, i)
	}
	type direction struct {
		module int
		share  float64
	}
	var all []direction
	budget := 0
	for _, i := range slices.Concat(first, rest) {
		budget += ranks[i]
		for _, share := range shares[i] {
			all = append(all, direction{i, share})
		}
	}
	slices.SortStableFunc(all, func(a, b direction) int { return cmp.Compare(b.share, a.share) })
	distributed := make([]int, len(ranks))
	for _, d := range all[:min(max(budget, 0), len(all))] {
		distributed[d.module]++
	}
	return distributed
}
