// Package splits draws the training, validation and test examples of an experiment from a data
// set.
//
// [Config] names the source of the examples and their numbers; [Config.Open] opens the source
// and [Config.Choose] draws:
//
//	config := splits.Config{Source: "reviews.csv", Train: 1000}.WithDefaults(1)
//	if err := config.Validate(); err != nil {
//		return err
//	}
//	set, err := config.Open(ctx, data.SingleLabel)
//	if err != nil {
//		return err
//	}
//	examples, err := config.Choose(ctx, set, 1)
//
// The draws depend on the data and the seed alone, and are stratified by the answers of the task
// ([sampling.Sampler]). Default numbers shrink to what the data have; other numbers do not: too large a
// number is an error. [Examples].Notes states how the data were divided.
// [Config].DropDuplicates leaves duplicates out of the training and validation examples. [Record]
// describes the drawn examples in splits.json of a run folder.
package splits
