package tokenizers

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Encode returns [CLS], the ids of text and [SEP]: at most maxLen ids, for which the end of
// a longer text is cut off. A maxLen of 0 or less sets no limit; a maxLen of 1 leaves only
// [CLS]. Special tokens in the text ("[MASK]") are recognized. A byte that is not UTF-8
// counts as U+FFFD, which normalization removes.
func (t *Tokenizer) Encode(text string, maxLen int) []int32 {
	e := t.encoders.Get().(*textEncoder)
	defer t.encoders.Put(e)
	return slices.Clone(e.single(text, maxLen))
}

// EncodePair returns the ids of two texts, [CLS] a [SEP] b [SEP], and their token types: 0 up
// to the first [SEP], 1 after it. If the encoding is longer than maxLen ids, the longer text
// is cut to the length of the other, then both are. A maxLen of 0 or less sets no limit; a
// maxLen below 3 leaves only the first special tokens.
func (t *Tokenizer) EncodePair(a, b string, maxLen int) (ids, types []int32) {
	const specials = 3
	e := t.encoders.Get().(*textEncoder)
	defer t.encoders.Put(e)
	first := slices.Clone(e.pieces(a, noLimit))
	second := e.pieces(b, noLimit)
	if maxLen > 0 {
		keepFirst, keepSecond := TruncatePair(len(first), len(second), max(0, maxLen-specials))
		first, second = first[:keepFirst], second[:keepSecond]
	}
	ids = make([]int32, 0, len(first)+len(second)+specials)
	ids = append(append(append(ids, t.cls), first...), t.sep)
	types = make([]int32, len(ids), cap(ids))
	ids = append(append(ids, second...), t.sep)
	for len(types) < len(ids) {
		types = append(types, 1)
	}
	if maxLen > 0 && len(ids) > maxLen {
		ids, types = ids[:maxLen], types[:maxLen]
	}
	return ids, types
}

// EncodeAll encodes every text like Encode, on all processors (GOMAXPROCS). The results have
// the order of the texts.
func (t *Tokenizer) EncodeAll(texts []string, maxLen int) [][]int32 {
	const chunk = 16 // texts that a goroutine takes at a time: few for balance, many for little contention
	out := make([][]int32, len(texts))
	workers := min(runtime.GOMAXPROCS(0), (len(texts)+chunk-1)/chunk)
	var next atomic.Int64
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			e := t.encoders.Get().(*textEncoder)
			defer t.encoders.Put(e)
			for {
				end := int(next.Add(chunk))
				for i := end - chunk; i < min(end, len(texts)); i++ {
					out[i] = slices.Clone(e.single(texts[i], maxLen))
				}
				if end >= len(texts) {
					return
				}
			}
		})
	}
	running.Wait()
	return out
}

// TruncatePair returns how many of n1 and n2 ids are kept within limit: all of the shorter
// text if that is at most half of limit, else half of limit for each, with the odd one for
// the longer text. It is the strategy "longest first" of Hugging Face's tokenizers.
func TruncatePair(n1, n2, limit int) (keep1, keep2 int) {
	if n1+n2 <= limit {
		return n1, n2
	}
	if n1 > n2 {
		keep2, keep1 = TruncatePair(n2, n1, limit)
		return keep1, keep2
	}
	if n1 <= limit/2 {
		return n1, limit - n1
	}
	return limit / 2, limit - limit/2
}
