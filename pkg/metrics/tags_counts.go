package metrics

import (
	"maps"
	"slices"

	"github.com/lorabook/lorabook/pkg/entities"
)

// tagReader finds the entities in the tags of a set of predictions.
type tagReader struct {
	tags   []entities.Tag // of the classes
	types  []string       // of the entities, in alphabetical order
	index  map[string]int // of a type
	scheme entities.Scheme
}

// newTagReader returns the reader of valid classes. The types are those of the classes.
func newTagReader(classes []string, scheme entities.Scheme) *tagReader {
	r := &tagReader{scheme: scheme, index: map[string]int{}}
	seen := map[string]bool{}
	for _, class := range classes {
		tag, _ := entities.Parse(class) // Validate has checked it
		r.tags = append(r.tags, tag)
		if tag.Prefix != 'O' {
			seen[tag.Type] = true
		}
	}
	r.types = slices.Sorted(maps.Keys(seen))
	for i, name := range r.types {
		r.index[name] = i
	}
	return r
}

// entityCount are the numbers of entities of a type, with the same first and last word in the right
// and the given tags, in the given, and in the right ones.
type entityCount struct{ kind, hits, answered, support int }

// sentenceCounts are the numbers of one sentence.
type sentenceCounts struct {
	words, right     int           // all words, and those with the right tag
	normal, strictly []entityCount // of the types that occur, by type
}

// key orders sentences by their contents.
func (c sentenceCounts) key() []int {
	list := []int{c.words, c.right}
	for _, counts := range [][]entityCount{c.normal, c.strictly} {
		list = append(list, len(counts))
		for _, e := range counts {
			list = append(list, e.kind, e.hits, e.answered, e.support)
		}
	}
	return list
}

// count compares the tags of a sentence.
func (r *tagReader) count(labels, answers []int) (c sentenceCounts, err error) {
	c.words = len(labels)
	for i, label := range labels {
		if label == answers[i] {
			c.right++
		}
	}
	right, given := r.parsed(labels), r.parsed(answers)
	c.normal = r.compare(entities.SpansOf(right), entities.SpansOf(given))
	if r.scheme == "" {
		return c, nil
	}
	strictRight, err := r.scheme.SpansOf(right)
	if err != nil {
		return c, err
	}
	strictGiven, err := r.scheme.SpansOf(given)
	if err != nil {
		return c, err
	}
	c.strictly = r.compare(strictRight, strictGiven)
	return c, nil
}

func (r *tagReader) parsed(indices []int) []entities.Tag {
	tags := make([]entities.Tag, len(indices))
	for i, index := range indices {
		tags[i] = r.tags[index]
	}
	return tags
}

// compare counts the entities by type. The same entity counts once, as in seqeval's sets.
func (r *tagReader) compare(right, given []entities.Entity) []entityCount {
	counts := map[int]*entityCount{}
	of := func(name string) *entityCount {
		kind := r.index[name]
		if counts[kind] == nil {
			counts[kind] = &entityCount{kind: kind}
		}
		return counts[kind]
	}
	for _, e := range right {
		of(e.Type).support++
		if slices.Contains(given, e) {
			of(e.Type).hits++
		}
	}
	for _, e := range given {
		of(e.Type).answered++
	}
	var list []entityCount
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, *counts[kind])
	}
	return list
}

// The numbers that the intervals of MeasureTags are of, before the F1 of each type.
const (
	statEntityF1 = iota
	statEntityMacroF1
	statStrictF1
	statWordAccuracy
	statEntityTypes
)

// tagTotals are the numbers of many sentences.
type tagTotals struct {
	words, right   int
	all, strict    entityCount
	byType         []entityCount
	strictlyByType []entityCount
}

func newTagTotals(types int) *tagTotals {
	return &tagTotals{byType: make([]entityCount, types), strictlyByType: make([]entityCount, types)}
}

func (t *tagTotals) clear() {
	t.words, t.right, t.all, t.strict = 0, 0, entityCount{}, entityCount{}
	clear(t.byType)
	clear(t.strictlyByType)
}

// add counts a sentence as often as times says.
func (t *tagTotals) add(c *sentenceCounts, times int) {
	t.words += times * c.words
	t.right += times * c.right
	for _, e := range c.normal {
		t.all.plus(e, times)
		t.byType[e.kind].plus(e, times)
	}
	for _, e := range c.strictly {
		t.strict.plus(e, times)
		t.strictlyByType[e.kind].plus(e, times)
	}
}

func (e *entityCount) plus(other entityCount, times int) {
	e.hits += times * other.hits
	e.answered += times * other.answered
	e.support += times * other.support
}

// f1 is 0 where it is undefined, as with zero_division=0.
func (e entityCount) f1() float64 { return share(2*e.hits, e.answered+e.support) }

// occurs reports whether the type is in the right or the given tags; seqeval lists only such types.
func (e entityCount) occurs() bool { return e.answered+e.support > 0 }

// macroF1 is the mean of the F1 of the types that occur; 0 for none.
func macroF1(counts []entityCount) float64 {
	sum, n := 0.0, 0
	for _, e := range counts {
		if e.occurs() {
			sum, n = sum+e.f1(), n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// statistics fills in the numbers before those of the types.
func (t *tagTotals) statistics(out []float64) {
	out[statEntityF1], out[statEntityMacroF1] = t.all.f1(), macroF1(t.byType)
	out[statStrictF1], out[statWordAccuracy] = t.strict.f1(), share(t.right, t.words)
}
