package entities

import (
	"fmt"
	"slices"
	"strings"
)

// Scheme is a rule for the prefixes of an entity's words.
type Scheme string

const (
	// IOB2 begins every entity with B: "B-PER I-PER O". It is the scheme of most data sets.
	IOB2 Scheme = "IOB2"
	// IOB1 has I for all words, and B only for an entity right after another of its type
	// (Ramshaw and Marcus 1995, arXiv:cmp-lg/9505040). The files of CoNLL-2003 have it.
	IOB1 Scheme = "IOB1"
	// BIOES has B, I, E for the first, the inner and the last words, and S for a single one. seqeval
	// calls it IOBES.
	BIOES Scheme = "BIOES"
	// BILOU is BIOES with the letters L and U for E and S.
	BILOU Scheme = "BILOU"
)

// Schemes are the values of a Scheme.
var Schemes = []Scheme{IOB1, IOB2, BIOES, BILOU}

// pair matches two adjacent words: their prefixes, and whether their types are the same.
type pair struct {
	previous, prefix string // letters; "*" for any
	same             int    // 1: the same type, -1: other types, 0: any
}

func (p pair) matches(previous, tag Tag) bool {
	has := func(letters string, prefix byte) bool {
		return letters == "*" || strings.IndexByte(letters, prefix) >= 0
	}
	return has(p.previous, previous.Prefix) && has(p.prefix, tag.Prefix) &&
		(p.same == 0 || (p.same > 0) == (previous.Type == tag.Type))
}

// rules are the pairs of a scheme at which an entity starts, continues and ends, as
// seqeval/scheme.py has them.
type rules struct {
	letters              string
	starts, inside, ends []pair
}

var rulesOf = map[Scheme]rules{
	IOB1: {"IOB",
		[]pair{{"O", "I", 0}, {"I", "I", -1}, {"B", "I", 0}, {"I", "B", 1}, {"B", "B", 1}},
		[]pair{{"BI", "I", 1}},
		[]pair{{"I", "I", -1}, {"I", "O", 0}, {"I", "B", 0}, {"B", "O", 0}, {"B", "I", -1}, {"B", "B", 1}}},
	IOB2: {"IOB",
		[]pair{{"*", "B", 0}},
		[]pair{{"BI", "I", 1}},
		[]pair{{"I", "O", 0}, {"I", "I", -1}, {"I", "B", 0}, {"B", "O", 0}, {"B", "I", -1}, {"B", "B", 0}}},
	BIOES: {"IOBES",
		[]pair{{"*", "BS", 0}},
		[]pair{{"BI", "IE", 1}},
		[]pair{{"ES", "*", 0}}},
	BILOU: {"BILOU",
		[]pair{{"*", "BU", 0}},
		[]pair{{"BI", "IL", 1}},
		[]pair{{"UL", "*", 0}}},
}

func matchesAny(pairs []pair, previous, tag Tag) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool { return p.matches(previous, tag) })
}

// Spans returns the entities of a sentence that are complete in the scheme: with IOB2, words with
// I and no B before them are in no entity. A prefix that the scheme does not have, and an unknown
// scheme, are an error.
func (s Scheme) Spans(tags []string) ([]Entity, error) {
	list := make([]Tag, len(tags))
	for i, text := range tags {
		var err error
		if list[i], err = Parse(text); err != nil {
			return nil, err
		}
	}
	return s.SpansOf(list)
}

// SpansOf is Spans for divided tags.
func (s Scheme) SpansOf(tags []Tag) (found []Entity, err error) {
	r, ok := rulesOf[s]
	if !ok {
		return nil, fmt.Errorf("scheme %q: expected one of %q", string(s), Schemes)
	}
	list := make([]Tag, len(tags)+1)
	copy(list, tags)
	for i, tag := range tags {
		if strings.IndexByte(r.letters, tag.Prefix) < 0 {
			return nil, fmt.Errorf("tag \"%c-%s\" of word %d: the scheme %s has only the prefixes %s", tag.Prefix, tag.Type, i, s, strings.Join(strings.Split(r.letters, ""), ", "))
		}
	}
	list[len(tags)].Prefix = 'O'
	previous := Tag{Prefix: 'O'}
	for i := 0; i < len(list); {
		if !matchesAny(r.starts, previous, list[i]) {
			previous = list[i]
			i++
			continue
		}
		end := i + 1
		for end < len(list) && matchesAny(r.inside, list[end-1], list[end]) {
			end++
		}
		if end < len(list) && matchesAny(r.ends, list[end-1], list[end]) {
			found = append(found, Entity{list[i].Type, i, end})
		}
		i, previous = end, list[end-1]
	}
	return found, nil
}

// Find returns the scheme of sentences: BIOES or BILOU if one of the prefixes E, S, L and U
// occurs, IOB2 if every entity begins with B, IOB1 if B is only between two entities of a type.
// irregular is the number of entities that contradict the scheme: in IOB2 those that begin with I.
// A prefix of both BIOES and BILOU, or a text that is no tag, is an error.
func Find(sentences [][]string) (s Scheme, irregular int, err error) {
	letters := map[byte]bool{}
	withI, withB, betweenB := 0, 0, 0 // entities that begin with I, and with B, and with B after their own type
	parsed := make([][]Tag, len(sentences))
	for n, sentence := range sentences {
		for _, text := range sentence {
			tag, err := Parse(text)
			if err != nil {
				return "", 0, err
			}
			letters[tag.Prefix] = true
			parsed[n] = append(parsed[n], tag)
		}
		for _, e := range SpansOf(parsed[n]) {
			switch parsed[n][e.Start].Prefix {
			case 'I':
				withI++
			case 'B':
				withB++
				if e.Start > 0 && parsed[n][e.Start-1].Type == e.Type {
					betweenB++
				}
			}
		}
	}
	five, other := letters['E'] || letters['S'], letters['L'] || letters['U']
	switch {
	case five && other:
		return "", 0, fmt.Errorf("the tags have prefixes of two schemes, E or S of %s and L or U of %s: expected those of one", BIOES, BILOU)
	case five || other:
		s = BIOES
		if other {
			s = BILOU
		}
		for _, sentence := range parsed {
			complete, err := s.SpansOf(sentence)
			if err != nil {
				return "", 0, err
			}
			irregular += difference(SpansOf(sentence), complete)
		}
		return s, irregular, nil
	case withI > 0 && withB == betweenB:
		return IOB1, 0, nil
	}
	return IOB2, withI, nil
}

// difference counts the entities of the first list that are not in the second.
func difference(all, some []Entity) (n int) {
	for _, e := range all {
		if !slices.Contains(some, e) {
			n++
		}
	}
	return n
}
