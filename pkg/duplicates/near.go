package duplicates

import (
	"math/bits"
	"slices"
)

// NearSimilarity is the least Jaccard similarity, 0 to 1, of the sets of shingles (word 5-grams)
// of two near duplicates.
const NearSimilarity = 0.5

// maxNear is the maximal number of earlier near duplicates of a text that is indexed. A text
// with more is not compared with later ones, so that the time for texts from one template does
// not grow with the square of their number. Later texts are still compared with the indexed
// ones.
const maxNear = 16

// nearIndex finds all texts whose sets of shingles have at least NearSimilarity to that of a new
// text. Two filters leave few texts to compare. A text of n shingles shares at least
// NearSimilarity*n of them with each of its near duplicates, so a text with fewer shingles that
// occur in other texts has none. For the other texts, the index looks up only a prefix of the
// sorted hashes, long enough for two near duplicates to share a shingle of it (Chaudhuri, Ganti
// and Kaushik 2006; Bayardo, Ma and Srikant 2007).
type nearIndex struct {
	repeated *repeatFilter
	postings map[uint64][]int32 // indices into texts, by a shingle of the prefix
	texts    []nearText
	looked   []int32 // number of the last look-up that compared each text
	number   int32
	shared   []uint64 // a buffer
}

type nearText struct {
	class    int
	shingles []uint64
}

type nearDuplicate struct {
	class      int
	similarity float64
}

// maxAlike is the maximal number of earlier pairs that a pair is like as a whole, although not
// in both texts, before it is no longer indexed.
const maxAlike = 256

// add returns the near duplicates among the earlier texts, and adds the text. It sorts
// shingles.
//
// The shingles of a pair are those of both texts. If both texts of two pairs reach
// NearSimilarity, so do all shingles together, by which the index finds the candidates.
func (x *nearIndex) add(class int, shingles []uint64, pair bool) []nearDuplicate {
	x.shared = x.repeated.appendRepeated(shingles, x.shared[:0])
	// Before duplicates within the text are removed, the number of shared shingles is an upper
	// bound, which makes sorting most texts unnecessary.
	if len(x.shared) < overlapNeeded(len(shingles)) {
		return nil
	}
	slices.Sort(shingles)
	shingles = slices.Compact(shingles)
	shared := x.repeated.appendRepeated(shingles, x.shared[:0])
	need := overlapNeeded(len(shingles))
	if len(shared) < need {
		return nil
	}
	prefix := shared[:len(shared)-need+1]
	var found []nearDuplicate
	alike := 0
	x.number++
	for _, s := range prefix {
		for _, at := range x.postings[s] {
			if x.looked[at] == x.number {
				continue
			}
			x.looked[at] = x.number
			other := x.texts[at]
			similarity := jaccard(shingles, other.shingles)
			if similarity < NearSimilarity {
				continue
			}
			alike++
			if !pair || jaccardOfBit(shingles, other.shingles, 0) >= NearSimilarity && jaccardOfBit(shingles, other.shingles, 1) >= NearSimilarity {
				found = append(found, nearDuplicate{other.class, similarity})
			}
		}
	}
	if len(found) < maxNear && alike < maxAlike {
		at := int32(len(x.texts))
		x.texts = append(x.texts, nearText{class, append([]uint64(nil), shingles...)})
		x.looked = append(x.looked, 0)
		for _, s := range prefix {
			x.postings[s] = append(x.postings[s], at)
		}
	}
	return found
}

// overlapNeeded returns the least number of shingles that a text of n shares with a near
// duplicate.
func overlapNeeded(n int) int {
	need := int(NearSimilarity * float64(n))
	if float64(need) < NearSimilarity*float64(n) {
		need++
	}
	return max(need, 1)
}

// jaccard returns the Jaccard similarity of two sets in ascending order: the size of their
// intersection divided by that of their union.
func jaccard(a, b []uint64) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// jaccardOfBit returns the Jaccard similarity of the values with this lowest bit.
func jaccardOfBit(a, b []uint64, bit uint64) float64 {
	of := func(set []uint64) []uint64 {
		return slices.DeleteFunc(slices.Clone(set), func(s uint64) bool { return s&1 != bit })
	}
	return jaccard(of(a), of(b))
}

// repeatFilter is a Bloom filter of one hash, with two bits a slot, for the shingles that occur
// more than once. It has a few false positives.
type repeatFilter struct {
	once, more []uint64
	shift      int
}

// newRepeatFilter returns a filter for about that number of shingles.
func newRepeatFilter(shingles int) *repeatFilter {
	slots := bits.Len(uint(max(shingles, 1<<10))) + 3 // 8 to 16 slots for each
	slots = min(slots, 32)
	return &repeatFilter{make([]uint64, 1<<(slots-6)), make([]uint64, 1<<(slots-6)), 64 - slots}
}

func (r *repeatFilter) add(shingle uint64) {
	slot := shingle >> r.shift
	word, bit := slot>>6, uint64(1)<<(slot&63)
	r.more[word] |= r.once[word] & bit
	r.once[word] |= bit
}

// appendRepeated appends to list the shingles that occur more than once.
func (r *repeatFilter) appendRepeated(shingles, list []uint64) []uint64 {
	for _, s := range shingles {
		if r.isRepeated(s) {
			list = append(list, s)
		}
	}
	return list
}

func (r *repeatFilter) isRepeated(shingle uint64) bool {
	slot := shingle >> r.shift
	return r.more[slot>>6]&(1<<(slot&63)) != 0
}
