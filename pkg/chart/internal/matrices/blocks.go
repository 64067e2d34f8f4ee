package matrices

import (
	"fmt"
	"math"
)

// Blocks are a matrix reduced to fewer cells, each the root mean square of
// neighbouring numbers.
type Blocks struct {
	Rows, Columns int
	Values        []float64 // row by row
	strongest     float64
}

const (
	maxBlocks = 48 // along a side: as many as a page has room for, in pixels and in bytes
	thinBlock = 2  // pixels a block, at least
)

// mostBlocks returns into how many blocks a side of n rows or columns is
// divided: as many as equal ones of a whole number of rows make, within bounds.
func mostBlocks(n, pixels int) int {
	limit := max(1, min(maxBlocks, pixels/thinBlock))
	each := (n + limit - 1) / limit
	return (n + each - 1) / each
}

// reduce returns the blocks of a matrix whose largest magnitude is given. Where
// rows or columns do not divide evenly, blocks differ by one.
func reduce(g Grid, rows, columns int, largest float64) Blocks {
	b := Blocks{Rows: rows, Columns: columns}
	var own []float64
	for i := range rows {
		top, bottom := part(g.Rows, rows, i)
		for j := range columns {
			left, right := part(g.Columns, columns, j)
			own = own[:0]
			for row := top; row < bottom; row++ {
				own = append(own, g.Values[row*g.Columns+left:row*g.Columns+right]...)
			}
			v := rms(own, largest)
			b.Values = append(b.Values, v)
			b.strongest = max(b.strongest, v)
		}
	}
	return b
}

// part returns where block i of so many begins and ends on a side of n.
func part(n, blocks, i int) (from, to int) { return i * n / blocks, (i + 1) * n / blocks }

// span names the rows or columns of a block, counted from one.
func span(what string, n, blocks, i int) string {
	from, to := part(n, blocks, i)
	if to-from == 1 {
		return fmt.Sprintf("%s %d", what, to)
	}
	return fmt.Sprintf("%ss %d to %d", what, from+1, to)
}

// Share returns a block's part of the strongest, 0 among zeros. Two decimals
// are more than the eye tells apart, and keep pages small.
func (b Blocks) Share(i, j int) float64 {
	if b.strongest == 0 {
		return 0
	}
	return math.Round(100*b.Values[i*b.Columns+j]/b.strongest) / 100
}

func (b Blocks) meanShare() float64 {
	sum := 0.0
	for i := range b.Rows {
		for j := range b.Columns {
			sum += b.Share(i, j)
		}
	}
	return sum / float64(len(b.Values))
}

// rms returns the root mean square. The largest magnitude is taken out before
// squaring, so that neither small nor large numbers leave float64's range.
func rms(values []float64, largest float64) float64 {
	if largest == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += (v / largest) * (v / largest)
	}
	return largest * math.Sqrt(sum/float64(len(values)))
}
