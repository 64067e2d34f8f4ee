package finetune

import (
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
)

// texts reads and tokenizes the texts, without special tokens, and holds some out. Of
// these, one that also stands among the others, as IMDB has some twice, is not measured
// on: it is learned from.
func (p Pretraining) texts(ctx context.Context, t *bert.Tokenizer) (learn, held [][]int32, err error) {
	var texts []string
	for i, spec := range p.Texts {
		more, err := data.OpenTexts(ctx, spec)
		if err != nil {
			return nil, nil, fmt.Errorf("texts[%d]: %w", i, err)
		}
		texts = append(texts, more...)
	}
	if len(texts) <= p.HeldOut {
		return nil, nil, &FieldError{"held_out", fmt.Sprintf("is %d, but there are %d texts in all", p.HeldOut, len(texts))}
	}
	out := heldOut(len(texts), p.HeldOut, p.Seed)
	learned := make(map[string]bool, len(texts))
	for i, text := range texts {
		if _, is := slices.BinarySearch(out, i); !is {
			learned[text] = true
		}
	}
	const atOnce = 1024 // texts between two looks at ctx
	for from := 0; from < len(texts); from += atOnce {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		for i, ids := range t.EncodeAll(texts[from:min(from+atOnce, len(texts))], 0) {
			ids = ids[1 : len(ids)-1] // rows get their own [CLS] and [SEP]
			switch _, is := slices.BinarySearch(out, from+i); {
			case !is:
				learn = append(learn, ids)
			case !learned[texts[from+i]]:
				held = append(held, ids)
			}
		}
	}
	if len(held) == 0 {
		return nil, nil, &FieldError{"held_out", fmt.Sprintf("is %d, but each of these texts also stands among the %d that are learned from", p.HeldOut, len(learn))}
	}
	return learn, held, nil
}

// heldOut draws n of all texts, sorted.
func heldOut(all, n int, seed int64) []int {
	chosen := random.Named(seed, "held-out texts").Perm(all)[:n]
	slices.Sort(chosen)
	return chosen
}
