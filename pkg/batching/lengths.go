package batching

import "slices"

// defaultLengths are the default Lengths of [Options]: few, because an engine compiles once for
// each, and close enough that about a twentieth of IMDB's batches is padding, up to BERT's 512
// tokens.
var defaultLengths = []int{32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512}

// LengthsUpTo returns the default lengths below longest, and longest itself: for a model whose
// input has at most that many tokens.
func LengthsUpTo(longest int) []int {
	n, _ := slices.BinarySearch(defaultLengths, longest)
	return append(slices.Clone(defaultLengths[:n]), longest)
}

// lengthMultiple divides the lengths that LengthsFor adds.
const lengthMultiple = 8

// LengthsFor returns the lengths of [LengthsUpTo] and, between them, multiples of 8 that save at
// least the given number of tokens of padding each: for many examples, above all for short ones, of
// whose batches two fifths can be padding. A number of tokens that takes as long to compute as a
// program for another length takes to compile is a good least. Examples with more than longest tokens
// are ignored.
//
// The lengths depend on the examples and on least, and with them which examples a batch has: a training
// that resumes uses those of its first steps.
func LengthsFor(ids [][]int32, longest, least int) []int {
	lengths := LengthsUpTo(longest)
	if longest < 1 || least < 1 {
		return lengths
	}
	upTo := []int{0} // upTo[n]: number of examples with at most n tokens, for n up to the longest example
	for _, example := range ids {
		if n := len(example); n <= longest {
			for len(upTo) <= n {
				upTo = append(upTo, 0)
			}
			upTo[n]++
		}
	}
	for n := 1; n < len(upTo); n++ {
		upTo[n] += upTo[n-1]
	}
	count := func(n int) int { return upTo[min(n, len(upTo)-1)] }
	for {
		best, place, saved := 0, 0, least-1
		below := 0
		for i, above := range lengths {
			first := below/lengthMultiple*lengthMultiple + lengthMultiple
			for n := first; n < above; n += lengthMultiple {
				if s := (count(n) - count(below)) * (above - n); s > saved {
					best, place, saved = n, i, s
				}
				if n >= len(upTo) {
					break // greater lengths have more padding
				}
			}
			below = above
		}
		if best == 0 {
			return lengths
		}
		lengths = slices.Insert(lengths, place, best)
	}
}
