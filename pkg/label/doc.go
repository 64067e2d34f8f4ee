// Package label classifies any number of texts with a trained model and writes the answers to a file:
//
//	c, err := classify.Open(ctx, "", "runs/imdb", classify.Options{})
//	report, err := label.Run(ctx, c, label.Options{Inputs: []string{"texts/part-*.jsonl"}, Output: "answers.jsonl"})
//	fmt.Println(report)
//
// The texts are read as a stream and divided into shards of consecutive texts. Each text has one line
// in the output, in the order of the texts, with the answer that package classify gives to the texts of
// its shard. A process that is killed continues with the same call: the output is equal to that of an
// undisturbed process, byte for byte. Memory is needed for a few shards, whatever the number of texts.
//
// A [Pool] decides where the shards are labelled: by default in this process.
package label
