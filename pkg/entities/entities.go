package entities

import (
	"fmt"
	"strings"
)

// Entity is a group of adjacent words.
type Entity struct {
	Type       string // of the tag: "PER" of "B-PER"
	Start, End int    // the first word, and the word after the last one
}

// Outside is the tag of a word that is in no entity.
const Outside = "O"

// untyped is seqeval's type of the tags "B" and "I" without a type.
const untyped = "_"

// Tag is a tag in its two parts.
type Tag struct {
	Prefix byte   // B, I, O, E, S, L or U
	Type   string // "" for O; "_" for another prefix without a type
}

// Parse divides a tag. A text that is no tag is an error.
func Parse(tag string) (Tag, error) {
	if tag == Outside {
		return Tag{Prefix: 'O'}, nil
	}
	if tag != "" && strings.IndexByte("BIESLU", tag[0]) >= 0 {
		kind, hyphen := strings.CutPrefix(tag[1:], "-")
		switch {
		case hyphen && kind != "":
			return Tag{tag[0], kind}, nil
		case kind == "" && !hyphen:
			return Tag{tag[0], untyped}, nil
		}
	}
	return Tag{}, fmt.Errorf(`tag %q: expected "O", or one of the prefixes B, I, E, S, L, U with a hyphen and a type, such as "B-PER"`, tag)
}

// Check refuses tags that are not those of entities, such as parts of speech.
func Check(tags []string) error {
	for _, tag := range tags {
		if _, err := Parse(tag); err != nil {
			return err
		}
	}
	return nil
}

// parse divides the tags of a sentence. A text that is no tag is outside.
func parse(tags []string) []Tag {
	list := make([]Tag, len(tags))
	for i, tag := range tags {
		if t, err := Parse(tag); err == nil {
			list[i] = t
		} else {
			list[i].Prefix = 'O'
		}
	}
	return list
}

// Spans returns the entities of a sentence in their order. Every sequence of tags has entities:
// one begins at B and S, after E and S, where the type changes, and at I and E after O. L and U
// are read as E and S; seqeval, which does not know them by default, joins adjacent entities of
// one type there.
func Spans(tags []string) []Entity { return SpansOf(parse(tags)) }

// SpansOf is [Spans] for divided tags.
func SpansOf(tags []Tag) (list []Entity) {
	previous, begin := Tag{Prefix: 'O'}, 0
	for i := 0; i <= len(tags); i++ {
		tag := Tag{Prefix: 'O'}
		if i < len(tags) {
			tag = tags[i]
		}
		switch tag.Prefix {
		case 'L':
			tag.Prefix = 'E'
		case 'U':
			tag.Prefix = 'S'
		}
		if ends(previous, tag) {
			list = append(list, Entity{previous.Type, begin, i})
		}
		if begins(previous, tag) {
			begin = i
		}
		previous = tag
	}
	return list
}

// ends reports whether an entity ends between two words.
func ends(previous, tag Tag) bool {
	switch previous.Prefix {
	case 'O':
		return false
	case 'E', 'S':
		return true
	}
	return tag.Prefix == 'B' || tag.Prefix == 'S' || tag.Prefix == 'O' || previous.Type != tag.Type
}

// begins reports whether an entity begins at the second word.
func begins(previous, tag Tag) bool {
	switch tag.Prefix {
	case 'O':
		return false
	case 'B', 'S':
		return true
	}
	return previous.Prefix == 'O' || previous.Prefix == 'E' || previous.Prefix == 'S' || previous.Type != tag.Type
}
