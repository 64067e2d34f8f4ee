// Package datareport describes a data set before a training: its columns and their uses, the
// task that its labels look like, its classes, lengths, duplicates, unknown words and rows that
// cannot be used, and the parameters that fit it.
//
//	report, err := datareport.Read(ctx, datareport.Options{Data: splits.Config{Source: "letters.csv"}})
//	lengths, err := report.Lengths(ctx, tokenizer, 256, 512) // of at most 256 tokens; the model reads up to 512
//
// A source without labels is described as texts. The package draws nothing and knows no model but
// its tokenizer.
package datareport
