package bert

import "strings"

// canonicalName turns a tensor name of any BERT file into this package's: with
// the "bert." prefix, and LayerNorm's parameters called weight and bias. Files of
// 2018 call them gamma and beta; files of a bare BertModel have no prefix.
func canonicalName(name string) string {
	switch module, last := cutLast(name); {
	case last == "gamma" && strings.HasSuffix(module, "LayerNorm"):
		name = module + ".weight"
	case last == "beta" && strings.HasSuffix(module, "LayerNorm"):
		name = module + ".bias"
	}
	for _, bare := range []string{"embeddings.", "encoder.", "pooler."} {
		if strings.HasPrefix(name, bare) {
			return "bert." + name
		}
	}
	return name
}

// maskedHeadPrefix begins the names of the masked-word head's tensors.
const maskedHeadPrefix = "cls.predictions."

func cutLast(name string) (module, last string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

// isCopy reports whether a tensor is a buffer or a copy of tied weights.
func isCopy(name string) bool {
	switch name {
	case "bert.embeddings.position_ids", "cls.predictions.decoder.weight", "cls.predictions.decoder.bias":
		return true
	}
	return false
}

// otherTask reports whether a tensor belongs to a BERT but not to the model that
// is opened: another head of pre-training, a buffer, or a copy of tied weights.
func otherTask(name string, head Head) bool {
	switch {
	case isCopy(name):
		return true
	case strings.HasPrefix(name, "cls.seq_relationship."):
		return true
	case strings.HasPrefix(name, maskedHeadPrefix):
		return head != MaskedLM
	case strings.HasPrefix(name, "classifier."):
		return head != Classification
	}
	return false
}
