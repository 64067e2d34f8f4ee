package baselines

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// outside is the tag of words that are in no entity.
const outside = "O"

// MajorityTag gives every word of the test sentences the most frequent tag of the training words,
// which is "O" in most data sets. Of equally frequent tags it is the first in classes, the names of
// the tags.
func MajorityTag(classes []string, train, test []data.Example) (*metrics.TagPredictions, error) {
	all, _, err := tagCounts(context.Background(), classes, train)
	if err != nil {
		return nil, fmt.Errorf("majority tag: %w", err)
	}
	most := argmax(all)
	return tagPredictions(classes, test, func(string) int { return most })
}

// WordTags gives every word of the test sentences the tag that it has most often in the training
// sentences, as the baseline of CoNLL-2003 does for names; a word that does not occur there has
// the tag "O", or the most frequent tag where there is no "O". Upper and lower case are different
// words. The error is about training sentences without words, or that of a context that ended.
func WordTags(ctx context.Context, classes []string, train, test []data.Example) (*metrics.TagPredictions, error) {
	all, words, err := tagCounts(ctx, classes, train)
	if err != nil {
		return nil, fmt.Errorf("tags of words: %w", err)
	}
	unknown := argmax(all)
	for i, name := range classes {
		if name == outside {
			unknown = i
		}
	}
	return tagPredictions(classes, test, func(word string) int {
		if counts := words[word]; counts != nil {
			return argmax(counts)
		}
		return unknown
	})
}

// tagCounts counts the tags of all words, and of each different word.
func tagCounts(ctx context.Context, classes []string, train []data.Example) (all []int, words map[string][]int, err error) {
	all, words = make([]int, len(classes)), map[string][]int{}
	for i, e := range train {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		if len(e.Tags) != len(e.Words) {
			return nil, nil, fmt.Errorf("example %s has %d tags for %d words", e.ID, len(e.Tags), len(e.Words))
		}
		for w, tag := range e.Tags {
			if tag < 0 || tag >= len(classes) {
				return nil, nil, fmt.Errorf("example %s has the tag %d, expected 0 to %d", e.ID, tag, len(classes)-1)
			}
			if words[e.Words[w]] == nil {
				words[e.Words[w]] = make([]int, len(classes))
			}
			words[e.Words[w]][tag]++
			all[tag]++
		}
	}
	if len(words) == 0 {
		return nil, nil, fmt.Errorf("the training examples have no words")
	}
	return all, words, nil
}

// argmax returns the index of the largest number, the first of several.
func argmax(counts []int) (best int) {
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	return best
}

func tagPredictions(classes []string, test []data.Example, tagOf func(word string) int) (*metrics.TagPredictions, error) {
	p := &metrics.TagPredictions{Classes: classes, IDs: ids(test)}
	for _, e := range test {
		answers := make([]int, len(e.Words))
		for i, word := range e.Words {
			answers[i] = tagOf(word)
		}
		p.Labels, p.Answers = append(p.Labels, e.Tags), append(p.Answers, answers)
	}
	p.FindScheme()
	return p, p.Validate()
}
