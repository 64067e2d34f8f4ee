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
//     in its comment, and a [Method] with that name. gaussian.go is the shortest to copy
//     for one that draws A and B; olora.go is for one that makes them from the weight.
//  2. Add the [Method] to the list methods in initialization.go.
//
// Nothing else changes: the configuration accepts the name, adapter_config.json gets it, a
// weight of which a part was moved into A and B is corrected and saved as plain LoRA, and the
// tests of package lora that hold for every initialization (a fresh adapter changes nothing,
// merged equals unmerged, what is saved can be opened) run for it as well.
package initialization
