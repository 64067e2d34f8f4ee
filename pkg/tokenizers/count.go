package tokenizers

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"unicode/utf8"
)

// countWords counts the words into which t splits texts, on all processors.
func countWords(ctx context.Context, t *Tokenizer, texts iter.Seq[string]) (map[string]int64, error) {
	const batch = 64 // texts sent at a time: sending one costs more than counting a short text
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
		defer close(batches) // even if texts panics
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
		for word, i := range c.index {
			total[word] += c.counts[i]
		}
	}
	if len(total) == 0 {
		return nil, &Error{Kind: ErrNoWords, Reason: "the texts contain no word, expected words to train a vocabulary on: check the source of the texts"}
	}
	return total, nil
}

// wordCounter counts the words of the texts that one goroutine reads.
type wordCounter struct {
	encoder textEncoder    // splits texts
	index   map[string]int // of a word in counts: counting a known word copies nothing
	counts  []int64
}

func (c *wordCounter) count(text string) {
	t := c.encoder.t
	c.encoder.split(text, func(words *window) bool {
		for i := range words.count {
			c.add(words.word(i), t.wordPiece.maxRunes)
		}
		if words.long != nil {
			c.add(words.long, t.wordPiece.maxRunes)
		}
		return true
	}, func(int32) bool { return true })
}

func (c *wordCounter) add(word []byte, maxRunes int) {
	if i, ok := c.index[string(word)]; ok {
		c.counts[i]++
		return
	}
	if len(word) > maxRunes && utf8.RuneCount(word) > maxRunes {
		return
	}
	c.index[string(word)] = len(c.counts)
	c.counts = append(c.counts, 1)
}
