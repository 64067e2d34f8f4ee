// Package encoding turns examples into the token ids that a model reads: a text or a pair of
// texts, at most a number of tokens each.
//
//	encoder := encoding.Encoder{Tokenizer: m.Tokenizer, MaxLength: 256, Truncation: encoding.HeadTail, Pairs: encoding.HasPairs(examples)}
//	rows := encoder.Encode(examples)
//	batcher, err := batching.NewBatcher(rows.IDs, data.Labels(rows.Examples), options)
//	signature := batching.Signature{Extra: rows.Extra()}        // of the graph
//	inputs := encoding.Inputs(nodes)                            // in the graph: token ids, mask, token types
//	tensors := batch.Tensors(); tensors.Extra = rows.Tensors(batch) // of each batch
//
// A single text is [CLS] text [SEP], a pair is [CLS] first [SEP] second [SEP], in which the
// tokens after the first [SEP] have the token type 1. A graph for single texts has no token
// types. [Truncation] decides what is read of a longer text. A [Record] in the folder of
// trained weights names the encoding of the training, so that the trained model reads texts
// in the same way.
package encoding
