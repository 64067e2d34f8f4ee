package tokenizers

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"strings"
)

// merger merges pairs of neighbouring pieces, the most frequent first.
type merger struct {
	*vocabulary
	alphabet int // number of characters in the texts, kept or not

	words  []trainedWord
	counts map[piecePair]int64 // frequency of each pair in all words; see merge
	queue  pairQueue
	step   int
}

// trainedWord is a word in its current pieces.
type trainedWord struct {
	pieces []int32
	count  int64
}

// piecePair is a pair of neighbouring pieces in a word.
type piecePair struct{ left, right int32 }

func newMerger(v *vocabulary, words map[string]int64, alphabet int) *merger {
	m := &merger{vocabulary: v, counts: map[piecePair]int64{}}
	m.splitWords(words, alphabet)
	where := map[piecePair][]int32{}
	for w, word := range m.words {
		for i := 1; i < len(word.pieces); i++ {
			pair := piecePair{word.pieces[i-1], word.pieces[i]}
			m.counts[pair] += word.count
			where[pair] = addWord(where[pair], int32(w))
		}
	}
	m.enqueue(where)
	return m
}

// splitWords adds the most frequent characters to the vocabulary and splits the words into
// them.
func (m *merger) splitWords(words map[string]int64, alphabet int) {
	type occurrences struct{ all, inner int64 }
	seen := map[rune]*occurrences{}
	for word, count := range words {
		for i, r := range word {
			o := seen[r]
			if o == nil {
				o = new(occurrences)
				seen[r] = o
			}
			o.all += count
			if i > 0 {
				o.inner += count
			}
		}
	}
	m.alphabet = len(seen)
	kept := make([]rune, 0, len(seen))
	for r := range seen {
		kept = append(kept, r)
	}
	slices.SortFunc(kept, func(a, b rune) int {
		return cmp.Or(cmp.Compare(seen[b].all, seen[a].all), cmp.Compare(a, b))
	})
	kept = kept[:min(len(kept), alphabet)]
	slices.Sort(kept)
	first, inner := make(map[rune]int32, len(kept)), make(map[rune]int32, len(kept))
	for _, r := range kept {
		first[r] = m.add(string(r))
	}
	for _, r := range kept {
		if seen[r].inner > 0 {
			inner[r] = m.add(m.prefix + string(r))
		}
	}
	m.words = make([]trainedWord, 0, len(words))
	for word, count := range words {
		pieces := make([]int32, 0, len(word))
		known := first
		for _, r := range word {
			if id, ok := known[r]; ok {
				pieces = append(pieces, id)
			}
			known = inner
		}
		if len(pieces) > 1 {
			m.words = append(m.words, trainedWord{pieces, count})
		}
	}
}

// run merges pairs until the vocabulary has size pieces or no pair is frequent enough.
func (m *merger) run(ctx context.Context, size int, minFrequency int64) error {
	for len(m.pieces) < size && len(m.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		top := &m.queue[0]
		if now := m.counts[top.pair]; now != top.count { // merges of other pairs have changed the frequency
			top.count = now
			heap.Fix(&m.queue, 0)
			continue
		}
		if top.count < max(1, minFrequency) {
			return nil
		}
		m.merge(heap.Pop(&m.queue).(queuedPair))
	}
	return nil
}

// merge merges a pair into one piece in the words that q lists. It leaves the count of the
// pair unchanged, since the pair cannot appear again: pairs appear when the younger of their
// pieces is made, and each piece is made once. Two pairs make the same piece only with a
// prefix that occurs in words, such as "a"; a pair that therefore appears again is still
// the most frequent, and is merged next.
func (m *merger) merge(q queuedPair) {
	m.step++
	piece := m.add(m.pieces[q.pair.left] + strings.TrimPrefix(m.pieces[q.pair.right], m.prefix))
	where := map[piecePair][]int32{}
	for _, w := range q.words {
		word := &m.words[w]
		lose := func(left, right int32) { m.counts[piecePair{left, right}] -= word.count }
		gain := func(left, right int32) {
			pair := piecePair{left, right}
			m.counts[pair] += word.count
			where[pair] = addWord(where[pair], w)
		}
		kept := word.pieces[:0]
		for rest := word.pieces; len(rest) > 0; {
			if len(rest) == 1 || rest[0] != q.pair.left || rest[1] != q.pair.right {
				kept, rest = append(kept, rest[0]), rest[1:]
				continue
			}
			if n := len(kept); n > 0 {
				lose(kept[n-1], q.pair.left)
				gain(kept[n-1], piece)
			}
			if len(rest) > 2 {
				lose(q.pair.right, rest[2])
				gain(piece, rest[2])
			}
			kept, rest = append(kept, piece), rest[2:]
		}
		word.pieces = kept
	}
	m.enqueue(where)
}

// enqueue adds new pairs, with the words that contain them.
func (m *merger) enqueue(where map[piecePair][]int32) {
	for pair, words := range where {
		if count := m.counts[pair]; count > 0 {
			heap.Push(&m.queue, queuedPair{pair, count, m.step, words})
		}
	}
}

// addWord appends a word to a list unless it is the last in it.
func addWord(words []int32, w int32) []int32 {
	if n := len(words); n > 0 && words[n-1] == w {
		return words
	}
	return append(words, w)
}

// queuedPair is a pair that can be merged in some words.
type queuedPair struct {
	pair  piecePair
	count int64 // frequency in all words when it was last read
	step  int   // merge that created the pair in these words; see merge
	words []int32
}

// pairQueue is a heap whose root is the next pair to merge. The order is strict, so that the
// order of insertion has no effect.
type pairQueue []queuedPair

func (q pairQueue) Len() int      { return len(q) }
func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q pairQueue) Less(i, j int) bool {
	a, b := &q[i], &q[j]
	return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.pair.left, b.pair.left),
		cmp.Compare(a.pair.right, b.pair.right), cmp.Compare(a.step, b.step)) < 0
}

func (q *pairQueue) Push(x any) { *q = append(*q, x.(queuedPair)) }

func (q *pairQueue) Pop() any {
	last := len(*q) - 1
	popped := (*q)[last]
	(*q)[last] = queuedPair{} // frees its words
	*q = (*q)[:last]
	return popped
}
