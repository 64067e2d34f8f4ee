package main

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/bert"
)

// stretch saves the model with the positions beyond the short rows started from those
// within, again and again (Beltagy et al. 2020, arXiv:2004.05150): they know what it
// is to stand beside another, and long rows need only tell the stretches apart.
func stretch(ctx context.Context, from, to string) error {
	m, err := bert.Open(ctx, from, bert.Options{Head: bert.MaskedLM})
	if err != nil {
		return err
	}
	v := m.Variable(bert.PositionEmbeddings)
	value, err := v.Value()
	if err != nil {
		return err
	}
	rows, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		return err
	}
	hidden := m.Config.HiddenSize
	const first, last = 1, shortRow - 1 // position 0 is [CLS]'s own, the last mostly [SEP]'s
	for at := last; at < m.Config.MaxPositionEmbeddings; at++ {
		source := first + (at-first)%(last-first)
		copy(rows[at*hidden:(at+1)*hidden], rows[source*hidden:(source+1)*hidden])
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(rows, m.Config.MaxPositionEmbeddings, hidden)); err != nil {
		return err
	}
	return m.Save(to)
}
