// Package initialization makes the values that the matrices A [r, in] and B [out, r] of a
// fresh adapter have, as PEFT's init_lora_weights does.
//
//	method, err := initialization.Find(initialization.Gaussian)
//	query := initialization.Module{Name: "layer.0.query", In: 768, Out: 768, Rank: 8, Scaling: 1}
//	A, B, err := method.Matrices(query, 42, nil) // A normal with deviation 1/8, B zero
//
// The example of the package runs this. Package lora calls it: a lora.Config names the
// initialization in its field Init.
//
// # Add an initialization
//
// Each initialization has a file of its own. To add one:
//
//  1. Write NAME.go in this folder: a constant for its name, with the formula and the paper
//     in its comment, and a [Method] with that name. Its PEFT is the value of
//     init_lora_weights that PEFT gives the same initialization, or true. Copy gaussian.go
//     for a method that draws A and B, olora.go for one that makes them from the weight,
//     eva.go for one that makes A from the modules' inputs.
//  2. Add the [Method] to the list methods in initialization.go.
//  3. Test it: for a method that draws, add the deviations of A and B to TestDrawn; for
//     another, compare with PEFT or with the formula of the paper, as pissa_pytorch_test.go
//     does. Run go test ./pkg/lora/...
//
// A drawn method gets any rank, also one above In. DrawEmbedding is for embeddings, which a
// method without it refuses.
//
// The rest follows from the list: the configuration accepts the name, adapter_config.json
// states the method's PEFT value, a weight of which a part was moved into A and B is corrected
// and saved as plain LoRA, and the tests of package lora that hold for every initialization (a
// fresh adapter changes nothing, merged equals unmerged, what is saved can be opened) run for it
// as well. Name it in the comment of lora.Config's Init; constants such as lora.InitPiSSA are
// optional.
package initialization
