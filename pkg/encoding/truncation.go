package encoding

import (
	"fmt"
	"slices"
)

// Truncation is the way in which a text is read that has more tokens than an input may have.
//
// A pair is truncated as transformers' longest_first does: the longer text is cut to the
// length of the other, then both are (tokenizers.TruncatePair). The rules below apply to each
// of its texts that is cut.
type Truncation string

const (
	// Head keeps the first tokens: transformers' truncation_side right. It is the default.
	Head Truncation = "head"
	// Tail keeps the last tokens: transformers' truncation_side left.
	Tail Truncation = "tail"
	// HeadTail keeps the first and the last tokens (Sun et al. 2019, "How to Fine-Tune BERT
	// for Text Classification?", arXiv:1905.05583): of the 510 tokens between [CLS] and [SEP]
	// the first 128 and the last 382, and of another number the same share, 128/510, rounded
	// to the nearest number of first tokens.
	HeadTail Truncation = "head+tail"
	// Windows reads the whole text, in windows of the maximum length that overlap by a third
	// of their tokens between [CLS] and [SEP], rounded down: the share of transformers'
	// run_qa.py, 128 of 384. They start as those of transformers' stride; the last can be
	// shorter. The logits of a text are the mean of its windows' logits. Since the classifier
	// is linear, this is the classifier on the mean of the windows' pooled states, the mean
	// pooling of Sun et al. 2019.
	//
	// In training each window is an example with the label of its text (Dai and Callan 2019,
	// arXiv:1905.09217; Pappagari et al. 2019, arXiv:1910.10781): an epoch has as many
	// examples as there are windows.
	//
	// Of a pair the longer text is read in windows, the second if both are as long, each
	// window with the whole other text, as transformers' only_second. If the other text
	// does not fit in half of the input, its end is cut.
	Windows Truncation = "windows"
)

// Truncations are the values of a Truncation.
var Truncations = []Truncation{Head, Tail, HeadTail, Windows}

// IsZero reports whether t is Head, the default; a JSON field with omitzero then leaves it out.
func (t Truncation) IsZero() bool { return t == "" || t == Head }

// String returns the name, "head" for the zero value.
func (t Truncation) String() string {
	if t == "" {
		return string(Head)
	}
	return string(t)
}

// Validate refuses an unknown value. The empty one means Head.
func (t Truncation) Validate() error {
	if t != "" && !slices.Contains(Truncations, t) {
		return fmt.Errorf("is %q, expected one of %q", string(t), Truncations)
	}
	return nil
}

// The share of the first tokens in HeadTail: headTokens of headTailTokens.
const headTokens, headTailTokens = 128, 510

// cut returns at most keep of the pieces of a text.
func (t Truncation) cut(pieces []int32, keep int) []int32 {
	n := len(pieces)
	switch {
	case n <= keep:
		return pieces
	case t == Tail:
		return pieces[n-keep:]
	case t == HeadTail:
		head := (2*keep*headTokens + headTailTokens) / (2 * headTailTokens) // rounded
		return slices.Concat(pieces[:head], pieces[n-(keep-head):])
	}
	return pieces[:keep]
}

// windows divides the pieces of a text into windows of at most room pieces.
func windows(pieces []int32, room int) [][]int32 {
	if len(pieces) <= room || room < 1 {
		return [][]int32{pieces[:min(len(pieces), max(0, room))]}
	}
	var list [][]int32
	step := room - room/3
	for from := 0; ; from += step {
		end := min(from+room, len(pieces))
		list = append(list, pieces[from:end])
		if end == len(pieces) {
			return list
		}
	}
}
