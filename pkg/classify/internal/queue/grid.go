package queue

import "slices"

// Grid has the sizes of batches, in tokens.
type Grid struct {
	Sizes  []int // ascending, multiples of Block
	Block  int   // an item takes a multiple of it
	Tokens int   // largest size of a batch with several items, unless a longer item leaves room for others
}

// Size returns the smallest size for a number of tokens, which is at most the largest one.
func (g Grid) Size(tokens int) int {
	i, _ := slices.BinarySearch(g.Sizes, tokens)
	return g.Sizes[i]
}

// taken returns the number of tokens that an item takes.
func (g Grid) taken(tokens int) int { return (tokens + g.Block - 1) / g.Block * g.Block }

// room returns the number of tokens of a batch with an item of that size.
func (g Grid) room(size int) int {
	room := g.Size(size)
	for _, s := range g.Sizes {
		if s <= g.Tokens {
			room = max(room, s)
		}
	}
	return room
}
