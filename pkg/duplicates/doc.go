// Package duplicates finds exact and near duplicates among labelled texts:
//
//	found, err := duplicates.Find(ctx,
//		duplicates.Part{Name: "test", Reviews: set.Test},
//		duplicates.Part{Name: "train", Reviews: set.Train})
//	fmt.Println(found.Count("test", "train")) // test examples with a copy in train: 123 exact, 4 near
//	drop := found.Redundant(1, duplicates.Near) // indices of the training examples to leave out
//
// A model that was trained on a duplicate of a test example recalls it: its accuracy there says nothing about new texts.
package duplicates
