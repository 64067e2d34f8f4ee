// Package lora adds low-rank adapters to the dense projections and embeddings of any GoMLX
// model (LoRA, https://arxiv.org/abs/2106.09685), and exchanges them with Python's PEFT, file
// for file.
//
//	adapter, err := lora.New(lora.Config{R: 8, Alpha: 16, TargetModules: []string{"query", "value"}})
//	err = adapter.Inject(store, modules, 42)   // creates A and B, freezes the rest of the model
//	dense = adapter.Wrap(dense)                // the model builds its projections with it
//	// ... train ...
//	err = adapter.Save("my-adapter")           // PEFT's files
//	adapter, err = lora.Open("my-adapter", store, modules)
//
// The example of the package runs this on a small model.
//
// A projection y = x·Wᵀ + b with W [out, in] becomes
//
//	y = x·Wᵀ + b + s · B(A(dropout(x)))     A [r, in], B [out, r], s = alpha/r
//
// W and b are frozen. A, B and the modules to save (the classifier, which is initialized at
// random) learn. B is zero at first, so that a fresh adapter changes nothing.
//
// An embedding e = W[id] with W [in, out] becomes e + s·B·A[:, id]. There A is zero at first,
// and B is normal.
//
// # Models
//
// A model can have adapters when it builds its projections through a function that can be
// passed in, and keeps W and b in its store as the variables "weight" and "bias" of the
// module's scope. [Adapter.Wrap] decorates that function, [Adapter.WrapEmbedding] the one for
// embeddings. The model then trains, evaluates and is saved as before.
//
// The module with the scope /bert/encoder/layer/0/attention/self/query has the dotted name
// bert.encoder.layer.0.attention.self.query in PEFT and in a [Config]. Its matrices are the
// variables lora_A/weight and lora_B/weight of that scope; those of an embedding are
// lora_embedding_A and lora_embedding_B.
//
// # Configuration
//
// A [Config] has PEFT's settings with PEFT's names, meanings and defaults (version 0.21). It
// chooses modules by name, regular expression or layer. It gives them rank and alpha: the same
// for all, by pattern, or by the share of a weight that an adapter may hold (Fraction). Further
// settings are s = alpha/√r (RSLoRA, https://arxiv.org/abs/2312.03732), magnitudes that learn
// apart from directions (DoRA, https://arxiv.org/abs/2402.09353), biases that learn, and the
// initialization of A and B (Init).
//
// With PeftType [SHiRA], entries of each weight at random places learn, instead of matrices
// (https://arxiv.org/abs/2406.13175): R·(in+out) of them, or the share Fraction.
//
// # Initialization
//
// Package initialization (pkg/lora/initialization) has a file for each initialization of A and
// B, and its documentation says how to add one. Most draw A from the seed and set B to zero.
//
// PiSSA and OLoRA move a part of each weight into A and B, and train it. The weight in the
// store becomes W - s·B₀·A₀, so that the fresh model computes what it did, up to the rounding
// of W's type. [Adapter.Merge] and [Adapter.Unmerge] use that weight; a model that is saved
// unmerged has it too. [Adapter.Save] writes plain LoRA on the original model, s·(B·A - B₀·A₀),
// in matrices of twice the rank with alpha to match (2·alpha, √2·alpha for RSLoRA), as PEFT
// converts it: [Open] and PEFT put it on the original model. [Adapter.Load] restores the
// trained matrices from that file, to the bit, in an adapter with the same initial matrices.
// [Adapter.SaveInitialization] keeps A₀ and B₀ in a file, with which
// [Adapter.InjectInitialization] continues in another process.
//
// EVA makes A of the inputs that the modules get over real batches, which
// [Adapter.Activations] gathers, and gives higher ranks to the modules whose inputs vary in
// more directions. The weights stay.
//
// # Several adapters
//
// Package adapters holds several adapters on one model: it switches between them, gives each
// row of a batch its own, and combines several into one.
//
// # Files
//
// A file with settings that this package does not compute is refused, with every such setting
// named, since to ignore it would give other numbers than PEFT does. So is
// a file whose tensors are not exactly those that its settings call for.
package lora
