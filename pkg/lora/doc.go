// Package lora adds low-rank adapters to the dense projections and embeddings of any GoMLX
// model (LoRA, https://arxiv.org/abs/2106.09685), and exchanges them with
// Python's PEFT, file for file.
//
// A projection y = x·Wᵀ + b with W [out, in] becomes
//
//	y = x·Wᵀ + b + s · B(A(dropout(x)))     A [r, in], B [out, r], s = alpha/r
//
// W and b are frozen; only A, B and the modules to save (the classifier that
// starts from random weights) learn. B starts at zero, so that a fresh adapter
// changes nothing.
//
// An embedding e = W[id] with W [in, out] becomes e + s·B·A[:, id], where it is A that
// starts at zero, and B normal.
//
// # Use
//
// A model lends itself to adapters when it builds its projections through a
// function that can be passed in, and keeps W and b in its store as "weight" and
// "bias" under the module's scope. [adapters.New] checks a [Config]; [Adapter.Inject]
// creates A and B in the model's store and freezes the rest; [Adapter.Wrap]
// decorates the function, [Adapter.WrapEmbedding] the one for embeddings. From then on
// the model trains, evaluates and is saved as before, and [Adapter.Save] writes the
// adapter by itself. [Open] puts a saved adapter, PEFT's or this package's, on a model.
//
// Names: the module whose scope is /bert/encoder/layer/0/attention/self/query is
// PEFT's bert.encoder.layer.0.attention.self.query. Its matrices are the
// variables lora_A/weight and lora_B/weight under that scope, an embedding's
// lora_embedding_A and lora_embedding_B.
//
// # Kinds
//
// A [Config] chooses the modules (by name, regular expression, layer, all but some), and
// what they get: rank and alpha for all, by pattern, or by the share of a weight that an
// adapter may hold (Fraction); s = alpha/√r (RSLoRA, https://arxiv.org/abs/2312.03732);
// the length of a weight's rows apart from their direction (DoRA,
// https://arxiv.org/abs/2402.09353); biases of the model or of B that learn along; and
// how A and B begin (Init).
//
// Instead of matrices, PeftType [SHiRA] lets some entries of each weight learn, at random
// places (https://arxiv.org/abs/2406.13175): R·(in+out) of them, or a share.
//
// # Starts
//
// PiSSA and OLoRA move part of each weight into A and B, and train it: the weight in the
// store becomes W - s·B₀·A₀, so that the fresh model computes what it did, up to the
// rounding of W's type. [Adapter.Merge] and [Adapter.Unmerge] go by that weight, and who
// saves the model itself unmerged saves it.
// [Adapter.Save] writes plain LoRA on the model as it was, s·(B·A - B₀·A₀), in matrices of
// twice the rank with alpha to match (2·alpha, √2·alpha for RSLoRA), as PEFT converts it:
// [Open] and PEFT put it on the untouched model. [Adapter.Load] takes that file back into
// the adapter that it came from, to the bit, or into another with the same start. To train
// on where another process stopped, [Adapter.SaveStart] keeps the start, a file of A₀ and
// B₀, and [Adapter.InjectStart] begins with it again.
//
// EVA starts A from the inputs that the modules see over real batches, which
// [Adapter.Activations] gathers, and gives the ranks to the modules whose inputs vary in
// the most directions; the weights stay.
//
// # Several
//
// Package adapters holds several adapters on one model: it switches between them, gives each
// row of a batch its own, and combines several into one.
//
// # PEFT
//
// Settings carry PEFT's names, meanings and defaults (version 0.21). A file that
// asks for what this package does not compute is refused, every such setting
// named, since to ignore it would give other numbers than PEFT does; so is one
// whose tensors are not exactly those that its settings call for.
package lora
