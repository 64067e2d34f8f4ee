// Package inputs describes the inputs of a run for package runfolder: data, texts and models, each
// with the digests of its parts.
//
//	in := inputs.Data("imdb", open)
//	err := folder.VerifyInputs(ctx, []runfolder.Input{in}, display.Note) // *runfolder.ChangedError
package inputs
