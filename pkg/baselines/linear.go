package baselines

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// linear are linear scores of rows: the row times the weights, plus the intercepts.
type linear struct {
	outputs    int
	weights    []float64 // [columns, outputs]
	intercepts []float64 // [outputs]
}

// scores fills in the scores of a row.
func (l *linear) scores(columns []int32, values []float64, out []float64) {
	copy(out, l.intercepts)
	for at, c := range columns {
		w := l.weights[int(c)*l.outputs:][:l.outputs]
		for o := range out {
			out[o] += values[at] * w[o]
		}
	}
}

// loss computes the loss of an example from its scores, and replaces the scores with their
// derivatives.
type loss func(example int, scores []float64) float64

// objective is the mean loss of the training rows plus penalty/2 times the sum of the squared
// weights. Intercepts are free, as in scikit-learn.
type objective struct {
	linear
	rows, columns *matrix // the same matrix, by rows and by columns
	loss          loss
	penalty       float64

	at        []float64 // the parameters of value and gradient
	value     float64
	gradient  []float64
	residuals []float64 // [rows, outputs]
	losses    []float64
}

// compute works out the value and the gradient at parameters.
func (o *objective) compute(parameters []float64) {
	if o.at != nil && floats.Equal(o.at, parameters) {
		return
	}
	n, k := o.rows.rows(), o.outputs
	o.at = append(o.at[:0], parameters...)
	split := o.rows.width * k
	o.weights, o.intercepts = o.at[:split], o.at[split:]
	eachBlock(n, func(from, to int) {
		for i := from; i < to; i++ {
			scores := o.residuals[i*k:][:k]
			columns, values := o.rows.row(i)
			o.scores(columns, values, scores)
			o.losses[i] = o.loss(i, scores)
			for s := range scores {
				scores[s] /= float64(n)
			}
		}
	})
	eachBlock(o.rows.width, func(from, to int) {
		for c := from; c < to; c++ {
			g := o.gradient[c*k:][:k]
			for s := range g {
				g[s] = o.penalty * o.weights[c*k+s]
			}
			rows, values := o.columns.row(c)
			for at, i := range rows {
				r := o.residuals[int(i)*k:][:k]
				for s := range g {
					g[s] += values[at] * r[s]
				}
			}
		}
	})
	o.value = floats.Sum(o.losses)/float64(n) + o.penalty/2*floats.Dot(o.weights, o.weights)
	g := o.gradient[split:]
	clear(g)
	for i := range n {
		floats.Add(g, o.residuals[i*k:][:k])
	}
}

// fit minimizes the mean loss with L-BFGS (Liu and Nocedal 1989, doi:10.1007/BF01589116), from
// weights of 0. strength is the penalty of one example: half of it times the squared weights,
// divided by the number of rows, is added to the mean loss. columns is rows.transposed().
func fit(ctx context.Context, rows, columns *matrix, outputs int, strength float64, f loss) (*linear, error) {
	n := rows.rows()
	size := (rows.width + 1) * outputs
	o := &objective{
		linear: linear{outputs: outputs}, rows: rows, columns: columns, loss: f, penalty: strength / float64(n),
		gradient: make([]float64, size), residuals: make([]float64, n*outputs), losses: make([]float64, n),
	}
	problem := optimize.Problem{
		Func: func(x []float64) float64 { o.compute(x); return o.value },
		Grad: func(g, x []float64) { o.compute(x); copy(g, o.gradient) },
		Status: func() (optimize.Status, error) {
			if ctx.Err() != nil {
				return optimize.Failure, context.Cause(ctx)
			}
			return optimize.NotTerminated, nil
		},
	}
	// The weights' error is at most the gradient's norm divided by the penalty.
	threshold := max(1e-9, 1e-6*o.penalty)
	settings := &optimize.Settings{GradientThreshold: threshold, MajorIterations: 5000, Converger: optimize.NeverTerminate{}}
	result, err := optimize.Minimize(problem, make([]float64, size), settings, &optimize.LBFGS{Store: 5, Linesearcher: &optimize.MoreThuente{}, GradStopThreshold: threshold})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("bag of words: %w", context.Cause(ctx))
	}
	if result == nil {
		return nil, fmt.Errorf("bag of words: the weights cannot be fitted: %w", err)
	}
	// Near the minimum the loss no longer changes in float64, and the search for a step ends with an
	// error: the gradient decides whether it is the minimum.
	o.compute(result.X)
	if steep := floats.Norm(o.gradient, math.Inf(1)); steep > max(1e-6, 1e3*threshold) {
		return nil, fmt.Errorf("bag of words: the weights did not converge: gradient %.2g after %d iterations (%v, %v)", steep, result.MajorIterations, result.Status, err)
	}
	split := rows.width * outputs
	return &linear{outputs: outputs, weights: o.at[:split:split], intercepts: o.at[split:]}, nil
}
