package tokenizers

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"unicode/utf8"
)

// countWords counts the words that t cuts texts into, on all processors.
func countWords(ctx context.Context, t *Tokenizer, texts iter.Seq[string]) (map[string]int64, error) {
	const batch = 64 // texts handed over at a time: handing over one costs more than counting a short one
	batches := make(chan []string)
	counters := make([]*wordCounter, runtime.GOMAXPROCS(0))
	var running sync.WaitGroup
	for i := range counters {
		c := &wordCounter{encoder: textEncoder{t: t}, index: map[string]int{}}
		counters[i] = c
		running.Go(func() {
			for texts := range batches {
				for _, text := range texts {
					if ctx.Err() != nil {
						break
					}
					c.count(text)
				}
			}
		})
	}
	func() {
		defer running.Wait()
		defer close(batches) // also when texts panics
		var next []string
		for text := range texts {
			if next = append(next, text); len(next) == batch {
				batches <- next
				next = nil
			}
			if ctx.Err() != nil {
				return
			}
		}
		batches <- next
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	total := map[string]int64{}
	for _, c := range counters {
		for word, at := range c.index {
			total[word] += c.counts[at]
		}
	}
	if len(total) == 0 {
		return nil, &Error{Kind: ErrNoWords, Reason: "the texts hold no word to train a vocabulary on: check where they come from"}
	}
	return total, nil
}

// wordCounter counts the words of the texts that one goroutine reads.
type wordCounter struct {
	encoder textEncoder    // for its split
	index   map[string]int // of a word in counts, so that a known word is counted without a copy
	counts  []int64
}

func (c *wordCounter) count(text string) {
	t := c.encoder.t
	c.encoder.split(text, func(words []byte) bool {
		for i := 0; ; {
			start, end := t.normalizer.chars.word(words, i)
			if start == end {
				return true
			}
			c.add(words[start:end], t.wordPiece.maxRunes)
			i = end
		}
	}, func(int32) bool { return true })
}

func (c *wordCounter) add(word []byte, maxRunes int) {
	if at, ok := c.index[string(word)]; ok {
		c.counts[at]++
		return
	}
	if len(word) > maxRunes && utf8.RuneCount(word) > maxRunes {
		return
	}
	c.index[string(word)] = len(c.counts)
	c.counts = append(c.counts, 1)
}
