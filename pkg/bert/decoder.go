package bert

import (
	"slices"
)

// resolveDecoder finds the decoder of the masked-language-model head, and updates the
// configuration and the found tensors.
//
// The decoder is the word embedding unless config.json has tie_word_embeddings: false, or a
// file holds a decoder with other values: transformers 5 computes with these values, whatever
// config.json says (up to 4.57 it did not). The decoder's bias is
// cls.predictions.decoder.bias. Files of transformers 4 have only cls.predictions.bias, which
// was the same parameter there.
func (c *Config) resolveDecoder(found map[string]storedTensor) error {
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

// equal reports whether two tensors have the same shape and values. A missing tensor equals
// every other.
func equal(found map[string]storedTensor, name, other string) (bool, error) {
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
