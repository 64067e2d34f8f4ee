package duplicates

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/data"
)

// maxTextBytes bounds Texts.Bytes: 16 TiB.
const maxTextBytes = 1 << 44

// Texts are examples that are read one after the other, so that they need not fit in memory.
type Texts struct {
	Count int   // number of examples
	Bytes int64 // about the size of their texts, which determines the size of a filter
	// Each calls yield with every example and its index, from 0 in ascending order, and returns the
	// first error. The examples are the same in each call.
	Each func(ctx context.Context, yield func(index int, e data.Example) error) error
}

// NearGroups returns a number for each example, the same one for near or closer duplicates,
// directly or through other examples: what [Result.Groups] returns for [Near] if all examples are
// one part. It reads the examples twice and holds about 50 bytes of each, and the shingles of those
// that may have near duplicates.
func NearGroups(ctx context.Context, texts Texts) ([]int, error) {
	switch {
	case texts.Each == nil:
		return nil, errors.New("duplicates: Texts.Each is nil, expected a function that calls yield with every example")
	case texts.Count < 0 || texts.Count > math.MaxInt32:
		return nil, fmt.Errorf("duplicates: Texts.Count is %d, expected 0 to %d", texts.Count, math.MaxInt32)
	case texts.Bytes < 0 || texts.Bytes > maxTextBytes:
		return nil, fmt.Errorf("duplicates: Texts.Bytes is %d, expected 0 to %d", texts.Bytes, int64(maxTextBytes))
	}
	g := nearGrouping{
		classOf: make([]int32, 0, min(texts.Count, 1<<20)), classes: map[lettersSum]int32{},
		repeated: newRepeatFilter(int(texts.Bytes / 5)),
	}
	if err := texts.Each(ctx, g.classify); err != nil {
		return nil, err
	}
	if len(g.classOf) != texts.Count {
		return nil, fmt.Errorf("%d examples were read: expected %d", len(g.classOf), texts.Count)
	}
	g.classes = nil
	g.joined = newForest(len(g.leads))
	g.index = &nearIndex{repeated: g.repeated, postings: map[uint64][]int32{}}
	if err := texts.Each(ctx, g.compare); err != nil {
		return nil, err
	}
	return g.numbers(), nil
}

// lettersSum is the first half of a digest of letters.
type lettersSum [sha256.Size / 2]byte

// nearGrouping groups examples by their letters, and joins the groups that are near duplicates.
type nearGrouping struct {
	print    fingerprinter
	classOf  []int32              // class of the same letters, by example
	classes  map[lettersSum]int32 // class by letters
	leads    []int32              // first example, by class
	joined   forest               // of the classes
	repeated *repeatFilter
	index    *nearIndex
}

// classify assigns an example to its class.
func (g *nearGrouping) classify(_ int, e data.Example) error {
	sum, shingles := g.print.readPair(e)
	key := lettersSum(sum[:len(lettersSum{})])
	class, seen := g.classes[key]
	if !seen {
		class = int32(len(g.leads))
		g.classes[key] = class
		g.leads = append(g.leads, int32(len(g.classOf)))
		for _, s := range shingles {
			g.repeated.add(s)
		}
	}
	g.classOf = append(g.classOf, class)
	return nil
}

// compare joins the class of its first example with those of near duplicates.
func (g *nearGrouping) compare(index int, e data.Example) error {
	if index >= len(g.classOf) {
		return fmt.Errorf("more than %d examples were read: expected as many as before", len(g.classOf))
	}
	class := g.classOf[index]
	if int(g.leads[class]) != index {
		return nil
	}
	_, shingles := g.print.readPair(e)
	for _, near := range g.index.add(int(class), shingles, e.TextPair != "") {
		g.joined.join(int32(near.class), class)
	}
	return nil
}

// numbers numbers the groups from 0 in the order of the examples.
func (g *nearGrouping) numbers() []int {
	next := 0
	numberOf := make([]int32, len(g.joined)) // by root, from 1
	groups := make([]int, len(g.classOf))
	for i, class := range g.classOf {
		root := g.joined.root(class)
		if numberOf[root] == 0 {
			next++
			numberOf[root] = int32(next)
		}
		groups[i] = int(numberOf[root]) - 1
	}
	return groups
}
