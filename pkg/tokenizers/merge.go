package tokenizers

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"strings"
)

// merger joins pairs of neighbouring pieces, the commonest first.
type merger struct {
	*vocabulary
	alphabet int // characters that the texts hold, kept or not

	words  []trainedWord
	counts map[piecePair]int64 // of each pair in all words; see join
	queue  pairQueue
	step   int
}

// trainedWord is a word as it is cut at present.
type trainedWord struct {
	pieces []int32
	count  int64
}

// piecePair is two pieces that follow one another in a word.
type piecePair struct{ left, right int32 }

func newMerger(v *vocabulary, words map[string]int64, alphabet int) *merger {
	m := &merger{vocabulary: v, counts: map[piecePair]int64{}}
	m.spell(words, alphabet)
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

// spell adds the commonest characters to the vocabulary and cuts the words into them.
func (m *merger) spell(words map[string]int64, alphabet int) {
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

// run joins pairs until there are size pieces or no pair occurs often enough.
func (m *merger) run(ctx context.Context, size int, minFrequency int64) error {
	for len(m.pieces) < size && len(m.queue) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		top := &m.queue[0]
		if now := m.counts[top.pair]; now != top.count { // joining others has used some up
			top.count = now
			heap.Fix(&m.queue, 0)
			continue
		}
		if top.count < max(1, minFrequency) {
			return nil
		}
		m.join(heap.Pop(&m.queue).(queuedPair))
	}
	return nil
}

// join makes one piece of a pair in the words that q names. The count of the pair
// stays as it was, since the pair does not come about again: it did when the younger
// of its two pieces was made, and a piece is made once. Only a prefix that words can
// hold, "a" for example, lets two pairs make the same piece; a pair that thereby
// comes about again is still the commonest and is joined at once.
func (m *merger) join(q queuedPair) {
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

// enqueue adds pairs that have come about in words, and the words.
func (m *merger) enqueue(where map[piecePair][]int32) {
	for pair, words := range where {
		if count := m.counts[pair]; count > 0 {
			heap.Push(&m.queue, queuedPair{pair, count, m.step, words})
		}
	}
}

// addWord adds a word to a list that is made word by word.
func addWord(words []int32, w int32) []int32 {
	if n := len(words); n > 0 && words[n-1] == w {
		return words
	}
	return append(words, w)
}

// queuedPair is a pair that can be joined in some words.
type queuedPair struct {
	pair  piecePair
	count int64 // in all words, when it was last looked at
	step  int   // when it came about in these words: each pair does once, but see join
	words []int32
}

// pairQueue is a heap, the pair to join next at its root. No two entries are equal
// in order, so that it does not matter in which order they come in.
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
	(*q)[last] = queuedPair{} // let go of its words
	*q = (*q)[:last]
	return popped
}
