package bert

import (
	"slices"
)

// settleDecoder finds out where the masked-word head's decoder lies, and notes it in the
// configuration and among the tensors found.
//
// The decoder is the word embedding unless config.json says tie_word_embeddings: false. It
// is not, either, where a file holds a decoder of other values: transformers 5 computes with
// these, whatever config.json says (up to 4.57 it did not). The decoder's bias is
// cls.predictions.decoder.bias. Files that transformers 4 wrote have only
// cls.predictions.bias, which was the same parameter there.
func (c *Config) settleDecoder(found map[string]placed) error {
	if !c.UntiedDecoder {
		same, err := equal(found, decoderWeight, WordEmbeddings)
		if err != nil {
			return err
		}
		c.UntiedDecoder = !same
	}
	own, hasOwn := found[decoderBias]
	shared, hasShared := found[MaskedLMBias]
	switch {
	case c.UntiedDecoder && !hasOwn && hasShared:
		found[decoderBias] = shared
	case !c.UntiedDecoder && hasOwn:
		found[MaskedLMBias] = own
	}
	return nil
}

// equal reports whether two tensors have the same shape and values. One that is not there
// is equal to any.
func equal(found map[string]placed, name, other string) (bool, error) {
	a, ok := found[name]
	b, okOther := found[other]
	if !ok || !okOther {
		return true, nil
	}
	_, shape, _ := a.file.Info(a.name)
	_, otherShape, _ := b.file.Info(b.name)
	if !slices.Equal(shape, otherShape) {
		return false, nil
	}
	values, err := a.file.Float32(a.name)
	if err != nil {
		return false, err
	}
	others, err := b.file.Float32(b.name)
	return slices.Equal(values, others), err
}
