// Package inputs describes what a run reads to package runfolder: data, texts and models,
// each with the digests of its parts.
//
//	in := inputs.Data("imdb")
//	err := folder.VerifyInputs(ctx, []runfolder.Input{in}, display.Note) // *runfolder.ChangedError
package inputs
