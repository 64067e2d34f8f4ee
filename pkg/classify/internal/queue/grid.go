package queue

import "slices"

// Grid has the shapes of batches: for each length, numbers of rows that double up to the largest
// number for the tokens.
type Grid struct {
	Lengths []int // in tokens, ascending
	Tokens  int   // largest number of tokens of a batch with several rows, padding included
}

// Shape is the shape of a batch.
type Shape struct{ Rows, Length int }

// Bucket returns the index of the shortest length for a number of tokens; len(Lengths) if all are
// shorter.
func (g Grid) Bucket(tokens int) int {
	i, _ := slices.BinarySearch(g.Lengths, tokens)
	return i
}

// Most returns the largest number of rows for a length.
func (g Grid) Most(bucket int) int { return max(1, g.Tokens/g.Lengths[bucket]) }

// RowsFor returns the smallest number of rows of a shape for a number of items, at most Most.
func (g Grid) RowsFor(bucket, items int) int {
	rows, most := 1, g.Most(bucket)
	for rows < items && rows < most {
		rows *= 2
	}
	return min(rows, most)
}

// below returns the largest number of rows of a shape that is at most the number of items.
func (g Grid) below(bucket, items int) int {
	if items >= g.Most(bucket) {
		return g.Most(bucket)
	}
	rows := 1
	for rows*2 <= items {
		rows *= 2
	}
	return rows
}

// Shapes returns all shapes, the smallest first.
func (g Grid) Shapes() []Shape {
	var all []Shape
	for bucket, length := range g.Lengths {
		for items := 1; ; items = all[len(all)-1].Rows + 1 {
			rows := g.RowsFor(bucket, items)
			all = append(all, Shape{rows, length})
			if rows == g.Most(bucket) {
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Shape) int { return a.Rows*a.Length - b.Rows*b.Length })
	return all
}
