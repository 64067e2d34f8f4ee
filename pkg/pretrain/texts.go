package pretrain

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// corpus contains the texts of a pre-training.
type corpus struct {
	learn [][]int32 // token ids of the training texts, without special tokens
	texts []string  // the training texts
	held  [][]int32 // token ids of the held-out texts

	notes, warnings []string // of the readers of the data; warnings also about the held-out texts
}

// corpus reads and tokenizes the texts, and splits off the held-out texts. A held-out text that
// also occurs among the training texts, as some of IMDB do, is not evaluated, and neither is one
// with the tokens of a training text. With Teacher.Texts, fewer training texts are used.
func (p Pretraining) corpus(ctx context.Context, folder *runfolder.Folder, t *tokenizers.Tokenizer, rules rules) (*corpus, error) {
	var c corpus
	var texts []string
	for i, spec := range p.Texts {
		in := inputs.Texts(i, spec, p.opener())
		seen := in.LookBeforeReading()
		more, err := p.read(ctx, i, &c)
		if err != nil {
			return nil, err
		}
		if err := folder.ReadInput(in, seen, inputs.TextsDigests(more)); err != nil {
			return nil, err
		}
		texts = append(texts, more...)
	}
	if len(texts) <= p.HeldOut {
		return nil, &settings.FieldError{Field: "held_out", Reason: fmt.Sprintf("is %d, but there are %d texts in all: set fewer, such as %d; the default, 500 and of the sample 40, is for larger sources", p.HeldOut, len(texts), max(1, len(texts)/10))}
	}
	out := heldOut(len(texts), p.HeldOut, p.Seed)
	others := make(map[string]bool, len(texts))
	for i, text := range texts {
		if _, is := slices.BinarySearch(out, i); !is {
			others[text] = true
			c.texts = append(c.texts, text)
		}
	}
	var held []string
	for _, i := range out {
		if !others[texts[i]] {
			held = append(held, texts[i])
		}
	}
	if len(held) == 0 {
		return nil, &settings.FieldError{Field: "held_out", Reason: fmt.Sprintf("is %d, but each of these texts also occurs among the %d training texts", p.HeldOut, len(c.texts))}
	}
	if p.Teacher != nil {
		drawn := p.Teacher.draw(len(c.texts), p.Neighbours, p.Seed)
		for i, from := range drawn {
			c.texts[i] = c.texts[from]
		}
		c.texts = c.texts[:len(drawn)]
	}
	var err error
	if c.learn, err = tokenize(ctx, t, c.texts); err != nil {
		return nil, err
	}
	if c.held, err = tokenize(ctx, t, held); err != nil {
		return nil, err
	}
	return &c, p.separate(&c, rules)
}

// separate leaves out the held-out texts whose tokens are those of a training text, since the model
// does not see another difference, such as that of case. A training that began by the first rules
// keeps them, with a warning.
func (p Pretraining) separate(c *corpus, rules rules) error {
	var key []byte
	keyOf := func(ids []int32) []byte {
		key = key[:0]
		for _, id := range ids {
			key = binary.LittleEndian.AppendUint32(key, uint32(id))
		}
		return key
	}
	trained := make(map[string]bool, len(c.held)) // by the tokens of each held-out text
	for _, ids := range c.held {
		trained[string(keyOf(ids))] = false
	}
	for _, ids := range c.learn {
		if _, held := trained[string(keyOf(ids))]; held {
			trained[string(key)] = true
		}
	}
	var apart [][]int32
	for _, ids := range c.held {
		if !trained[string(keyOf(ids))] {
			apart = append(apart, ids)
		}
	}
	switch same := len(c.held) - len(apart); {
	case same > 0 && rules < rulesOfTokens:
		c.warnings = append(c.warnings, fmt.Sprintf("%d of %d held-out texts have the tokens of a training text, so that their evaluation is too good: this run was begun by an earlier version of lorabook, which compared the texts only as strings; a new run folder leaves them out", same, len(c.held)))
	case len(apart) == 0:
		return &settings.FieldError{Field: "held_out", Reason: fmt.Sprintf("is %d, but each of these texts also occurs among the %d training texts, as a string or by its tokens", p.HeldOut, len(c.learn))}
	default:
		c.held = apart
	}
	return nil
}

// tokenize returns the token ids of texts without special tokens, which the rows add.
func tokenize(ctx context.Context, t *tokenizers.Tokenizer, texts []string) ([][]int32, error) {
	const atOnce = 1024 // texts between two checks of ctx
	var list [][]int32
	for from := 0; from < len(texts); from += atOnce {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, ids := range t.EncodeAll(texts[from:min(from+atOnce, len(texts))], 0) {
			list = append(list, ids[1:len(ids)-1])
		}
	}
	return list, nil
}

// heldOut samples n of all texts and returns their indices, sorted.
func heldOut(all, n int, seed int64) []int {
	chosen := random.Named(seed, "held-out texts").Perm(all)[:n]
	slices.Sort(chosen)
	return chosen
}
