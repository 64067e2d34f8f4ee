package baselines

import (
	"runtime"
	"sync"
)

// matrix is a sparse matrix by rows: the non-zero values of row i are those from starts[i] to
// starts[i+1], with ascending columns.
type matrix struct {
	starts  []int
	columns []int32
	values  []float64
	width   int
}

func (m *matrix) rows() int { return len(m.starts) - 1 }

// row returns the non-zero values of a row.
func (m *matrix) row(i int) (columns []int32, values []float64) {
	from, to := m.starts[i], m.starts[i+1]
	return m.columns[from:to], m.values[from:to]
}

// transposed returns the matrix by columns.
func (m *matrix) transposed() *matrix {
	t := &matrix{starts: make([]int, m.width+1), columns: make([]int32, len(m.columns)), values: make([]float64, len(m.values)), width: m.rows()}
	for _, c := range m.columns {
		t.starts[c+1]++
	}
	for c := range m.width {
		t.starts[c+1] += t.starts[c]
	}
	next := make([]int, m.width)
	copy(next, t.starts)
	for i := range m.rows() {
		columns, values := m.row(i)
		for at, c := range columns {
			t.columns[next[c]], t.values[next[c]] = int32(i), values[at]
			next[c]++
		}
	}
	return t
}

// eachBlock calls f for blocks of 0 to n-1, on all processors. The calls write to different
// places, so that the result does not depend on the processors.
func eachBlock(n int, f func(from, to int)) {
	const least = 256
	blocks := min(4*runtime.GOMAXPROCS(0), (n+least-1)/least)
	if blocks <= 1 {
		f(0, n)
		return
	}
	var done sync.WaitGroup
	for b := range blocks {
		done.Go(func() { f(b*n/blocks, (b+1)*n/blocks) })
	}
	done.Wait()
}
