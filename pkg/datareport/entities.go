package datareport

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/entities"
)

// Tags describes the words of the source, for data.TokenClassification.
type Tags struct {
	Sentences, Words int
	// Outside is the number of words that are in no entity.
	Outside int
	// Longest is the largest number of words of a sentence.
	Longest int
	// Types are the types of the entities, in alphabetical order. Class.Index is the position in this
	// list, and the counts are those of entities.
	Types []Class
}

// Tags counts the words and the entities. It returns nil for another task.
func (r *Report) Tags() *Tags {
	if r.Task != data.TokenClassification {
		return nil
	}
	t, byType := &Tags{}, map[string]*Class{}
	each := func(examples []data.Example, count func(*Class)) {
		for _, e := range examples {
			for _, span := range entities.Spans(r.tagsOf(e)) {
				if byType[span.Type] == nil {
					byType[span.Type] = &Class{Name: span.Type}
				}
				count(byType[span.Type])
			}
		}
	}
	all := slices.Concat(r.Set.Train, r.Set.Validation, r.Set.Test)
	each(all, func(c *Class) { c.Source++ })
	for i, half := range r.DrawnHalves() {
		each(half.Examples, func(c *Class) { c.Drawn[i]++ })
	}
	for i, name := range slices.Sorted(maps.Keys(byType)) {
		byType[name].Index = i
		t.Types = append(t.Types, *byType[name])
	}
	for _, e := range all {
		t.Sentences, t.Words, t.Longest = t.Sentences+1, t.Words+len(e.Words), max(t.Longest, len(e.Words))
		for _, tag := range r.tagsOf(e) {
			if tag == entities.Outside {
				t.Outside++
			}
		}
	}
	return t
}

// WordsPerSentence is the mean number of words.
func (t *Tags) WordsPerSentence() float64 { return float64(t.Words) / float64(cmp.Or(t.Sentences, 1)) }

// OutsideShare is the share of the words that are in no entity, 0 to 1.
func (t *Tags) OutsideShare() float64 { return float64(t.Outside) / float64(cmp.Or(t.Words, 1)) }

// tagsOf returns the tags of a sentence by name.
func (r *Report) tagsOf(e data.Example) []string {
	tags := make([]string, len(e.Tags))
	for i, tag := range e.Tags {
		tags[i] = r.Set.Labels[tag]
	}
	return tags
}
