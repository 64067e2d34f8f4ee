// Package adapters holds several LoRA adapters on one model, for use and not for training, as
// PEFT does with load_adapter, set_adapter and add_weighted_adapter.
//
//	dirs, err := adapters.Dirs("saved")                      // PEFT's folders, by the adapters' names
//	set, err := adapters.Open(dirs, store, modules, 1)       // one spare slot
//	dense := set.Wrap(linear)                                // the model's projections, adapted
//	err = set.SetAdapter("films")                            // the next run of the graph uses it
//	err = set.AddWeightedAdapter("both", []string{"films", "books"}, []float64{0.5, 0.5}, adapters.Weighted{})
//
// The example of the package runs this on a small model.
//
// All adapters of a [Set] are in one compiled graph. [Set.SetAdapter] switches between them
// by changing a value, [Set.WrapRows] gives each row of a batch its own adapter, classifier
// included, and [Set.AddWeightedAdapter] makes one adapter of several. The classifiers may have
// different numbers of outputs ([OpenOutputs]). The adapters have matrices on dense projections;
// SHiRA and adapted embeddings are refused.
package adapters
