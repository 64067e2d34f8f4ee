package main

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// numbers of the generated data set with names in sentences.
const (
	trainSentences = 2000
	testSentences  = 1000
	namesPerType   = 200 // in each half
)

// nameTypes are the types of the names in the generated sentences.
var nameTypes = []string{"PER", "LOC", "ORG"}

// Parts of names. A name begins with a word of syllables and may end with one of its type's
// endings; persons have a second word of syllables instead.
var (
	onsets  = strings.Fields("b br d f g gr h j k kl l m n p r s st t tr v w z")
	vowels  = strings.Fields("a e i o u ai ea ou")
	codas   = strings.Fields("l m n r s t nd rk ss x")
	endings = map[string][]string{"LOC": {"Bay", "Hills", "Island", "Valley", "Street"}, "ORG": {"Bank", "Group", "Press", "Studios", "Union"}}
)

// patterns are sentences with the types of names in them. ANY is a name of any type: there only
// the name's own words tell its type, if anything does.
var patterns = strings.Split(strings.TrimSpace(`
PER was born in LOC and moved to LOC at the age of nine .
PER has worked for ORG since last spring .
ORG opened a second office in LOC on Monday .
the director of ORG , PER , did not answer .
it has rained in LOC for a week , said PER .
nobody in LOC had ever heard of ORG .
we took the night train from LOC to LOC .
a letter from PER to PER was found in LOC .
ORG and ORG agreed on a price .
shares of ORG fell again on Friday .
PER plays the sister of PER in a film by ORG .
he wrote about ANY in his second book .
ANY is not what it was ten years ago .
I do not like ANY , but I like ANY .
they never mention ANY .
`), "\n")

// writeSentences generates a data set for token classification: sentences with invented names of
// three types. No name is in both halves. The same seed gives the same files; packed and source are
// not used.
func writeSentences(_ context.Context, _ data.Opener, _, dir string) error {
	random := rand.New(rand.NewPCG(dataSeed, 1))
	used := map[string]bool{}
	for _, half := range []struct {
		file      string
		sentences int
	}{{"train.jsonl", trainSentences}, {"test.jsonl", testSentences}} {
		names := map[string][]string{}
		for _, kind := range nameTypes {
			for len(names[kind]) < namesPerType {
				if name := inventName(random, kind); !used[name] {
					used[name] = true
					names[kind] = append(names[kind], name)
				}
			}
		}
		rows := make([]row, half.sentences)
		for i := range rows {
			rows[i] = sentence(random, names)
		}
		if err := writeRows(filepath.Join(dir, half.file), rows); err != nil {
			return err
		}
	}
	return nil
}

// inventName returns a name of one or two words.
func inventName(random *rand.Rand, kind string) string {
	word := func() string {
		var text strings.Builder
		for range 1 + random.IntN(2) {
			text.WriteString(onsets[random.IntN(len(onsets))] + vowels[random.IntN(len(vowels))])
		}
		text.WriteString(codas[random.IntN(len(codas))])
		return strings.ToUpper(text.String()[:1]) + text.String()[1:]
	}
	name := word()
	switch list := endings[kind]; {
	case random.IntN(2) == 0:
	case list == nil:
		name += " " + word()
	default:
		name += " " + list[random.IntN(len(list))]
	}
	return name
}

// sentence fills a pattern with names.
func sentence(random *rand.Rand, names map[string][]string) row {
	var r row
	for word := range strings.FieldsSeq(patterns[random.IntN(len(patterns))]) {
		kind := word
		if kind == "ANY" {
			kind = nameTypes[random.IntN(len(nameTypes))]
		}
		if !slices.Contains(nameTypes, kind) {
			r.Words, r.Tags = append(r.Words, word), append(r.Tags, "O")
			continue
		}
		list := names[kind]
		for i, part := range strings.Fields(list[random.IntN(len(list))]) {
			prefix := "B-"
			if i > 0 {
				prefix = "I-"
			}
			r.Words, r.Tags = append(r.Words, part), append(r.Tags, prefix+kind)
		}
	}
	return r
}
