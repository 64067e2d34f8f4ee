// Package sampling draws samples of labelled examples by a seed, stratified by their answers:
//
//	s := sampling.For(set.Task, set.Labels, 42)
//	rest, validation, err := sampling.Split(s, set.Train, 50)
//	training, err := sampling.Subset(s, rest, 100)
//
// [Subset], [Split] and [SplitGroups] are for examples and for references to the examples of an outline
// ([data.Outline]). The zero [Sampler] stratifies by class. A draw depends on the examples, their order and
// the seed alone, so that every machine draws the same.
package sampling
