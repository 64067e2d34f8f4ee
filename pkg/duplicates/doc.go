// Package duplicates finds exact and near duplicates among labelled texts:
//
//	found, err := duplicates.Find(ctx,
//		duplicates.Part{Name: "test", Examples: set.Test},
//		duplicates.Part{Name: "train", Examples: set.Train})
//	fmt.Println(found.Count("test", "train")) // test examples with a copy in train: 123 exact, 4 near
//	drop := found.Redundant(1, duplicates.Near) // indices of the training examples to leave out
//
// Two pairs of texts are duplicates if the first texts are and the second texts are.
//
// A model that was trained on a duplicate of a test example recalls it: its accuracy there says nothing about new texts.
package duplicates
