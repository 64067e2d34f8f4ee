package finetune

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/splits"
)

// Experiments with one Data.Seed have the same examples in the same order, whatever their Seed;
// without it, Seed selects the examples.
func TestDataSeed(t *testing.T) {
	source := writeExamples(t, manyExamples("train", 60), manyExamples("test", 40))
	ids := func(seed, dataSeed int64) []string {
		t.Helper()
		r, err := Experiment{Data: splits.Config{Source: source, Train: 20, Validation: 8, Test: 12, Seed: dataSeed}, Seed: seed}.Examples(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return slices.Concat(idsOf(r.Train), idsOf(r.Validation), idsOf(r.Test))
	}
	first := ids(1, 0)
	if slices.Equal(ids(2, 0), first) {
		t.Error("Seed does not select the examples")
	}
	if !slices.Equal(ids(2, 1), first) || !slices.Equal(ids(1, 1), first) {
		t.Error("experiments with the same Data.Seed have different examples")
	}
	if slices.Equal(ids(1, 2), first) {
		t.Error("Data.Seed has no effect")
	}
	plain, err := Experiment{Seed: 5}.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	same, err := Experiment{Seed: 5, Data: splits.Config{Seed: 5}}.WithDefaults()
	if err != nil || !reflect.DeepEqual(plain, same) {
		t.Errorf("with Data.Seed the same as Seed: %+v, %v", same, err)
	}
}
