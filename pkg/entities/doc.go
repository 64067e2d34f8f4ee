// Package entities reads entities from the tags of a sentence's words: names of people, places and
// so on, in the schemes IOB1, IOB2, BIOES and BILOU.
//
//	entities.Spans([]string{"B-PER", "I-PER", "O", "B-LOC"}) // PER of the words 0 and 1, LOC of word 3
//
// A tag is "O", for a word outside every entity, or a prefix and a type: "B-PER". The prefixes are
// B (the first word of an entity), I (a further word), E and L (the last word), S and U (the only
// word). [Spans] reads any sequence, as seqeval does by default and as the script conlleval of
// CoNLL-2000 does; [Scheme.Spans] reads only entities that are complete in their scheme, as
// seqeval does with mode="strict". The tests compare both with seqeval 1.2.2.
package entities
