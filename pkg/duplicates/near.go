package duplicates

import (
	"math/bits"
	"slices"
)

// NearSimilarity is the Jaccard similarity of two texts' sets of shingles, runs of five
// words, from which on the texts are near duplicates: 0 to 1.
const NearSimilarity = 0.5

// maxNear bounds the near duplicates that are kept of one text. A text with as many is
// not compared with later ones, so that texts from one template do not cost the square
// of their number: later ones are still compared with those that came before it.
const maxNear = 16

// nearIndex finds the texts whose sets of shingles have at least NearSimilarity with a
// new one's, exactly. Two filters leave few to compare. A text of n shingles shares at
// least NearSimilarity*n of them with each of its near duplicates, so a text with fewer
// shingles that occur in any other text has none. Of the others only a prefix is looked
// up, in the order of the hashes, long enough for two near duplicates to share one of
// it (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007).
type nearIndex struct {
	repeated *repeats
	postings map[uint64][]int32 // places in texts, by a shingle of the prefix
	texts    []nearText
	looked   []int32 // by place in texts, 1 + the number of the last look-up
	number   int32
	shared   []uint64 // a buffer
}

type nearText struct {
	class    int
	shingles []uint64
}

type nearCopy struct {
	class      int
	similarity float64
}

// add returns the near duplicates among the texts added before, and adds the text. It
// sorts shingles.
func (x *nearIndex) add(class int, shingles []uint64) []nearCopy {
	x.shared = x.repeated.among(shingles, x.shared[:0])
	// What occurs once in the text and in no other is distinct, so that most texts need
	// not be sorted: fewer distinct ones are shared than are counted here.
	if len(x.shared) < overlapNeeded(len(shingles)) {
		return nil
	}
	slices.Sort(shingles)
	shingles = slices.Compact(shingles)
	shared := x.repeated.among(shingles, x.shared[:0])
	need := overlapNeeded(len(shingles))
	if len(shared) < need {
		return nil
	}
	prefix := shared[:len(shared)-need+1]
	var found []nearCopy
	x.number++
	for _, s := range prefix {
		for _, at := range x.postings[s] {
			if x.looked[at] == x.number {
				continue
			}
			x.looked[at] = x.number
			other := x.texts[at]
			if similarity := jaccard(shingles, other.shingles); similarity >= NearSimilarity {
				found = append(found, nearCopy{other.class, similarity})
			}
		}
	}
	if len(found) < maxNear {
		at := int32(len(x.texts))
		x.texts = append(x.texts, nearText{class, append([]uint64(nil), shingles...)})
		x.looked = append(x.looked, 0)
		for _, s := range prefix {
			x.postings[s] = append(x.postings[s], at)
		}
	}
	return found
}

// overlapNeeded is the least number of shingles that a text of n shares with a near
// duplicate.
func overlapNeeded(n int) int {
	need := int(NearSimilarity * float64(n))
	if float64(need) < NearSimilarity*float64(n) {
		need++
	}
	return max(need, 1)
}

// jaccard is the size of the intersection of two ascending sets over that of their union.
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

// repeats tells which shingles occur more than once, in two bits a slot: a few that do
// not are taken for such.
type repeats struct {
	once, more []uint64
	shift      int
}

// newRepeats has room for about so many shingles.
func newRepeats(shingles int) *repeats {
	slots := bits.Len(uint(max(shingles, 1<<10))) + 3 // 8 to 16 slots for each
	slots = min(slots, 32)
	return &repeats{make([]uint64, 1<<(slots-6)), make([]uint64, 1<<(slots-6)), 64 - slots}
}

func (r *repeats) add(shingle uint64) {
	slot := shingle >> r.shift
	word, bit := slot>>6, uint64(1)<<(slot&63)
	r.more[word] |= r.once[word] & bit
	r.once[word] |= bit
}

// among appends to list those of the shingles that occur more than once.
func (r *repeats) among(shingles, list []uint64) []uint64 {
	for _, s := range shingles {
		if r.twice(s) {
			list = append(list, s)
		}
	}
	return list
}

func (r *repeats) twice(shingle uint64) bool {
	slot := shingle >> r.shift
	return r.more[slot>>6]&(1<<(slot&63)) != 0
}
