package feed

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/progress"
)

// base and tiny are the layers of bert-base and of lorabook-tiny.
var (
	base = Layer{Hidden: 768, Weights: 12 * 768 * 768}
	tiny = Layer{Hidden: 192, Weights: 12 * 192 * 192}
)

// TestPackedShape: many short texts and a large model have packed batches, since these save a tenth of the
// computation and more than a program costs. Few texts, long texts and a small model do not, nor does a number
// of texts for which additional lengths save the padding.
func TestPackedShape(t *testing.T) {
	for _, c := range []struct {
		name      string
		lengths   []int
		maxLength int
		layer     Layer
		packs     bool
	}{
		{"320 short", lengths(320, 5, 50), 128, base, true},
		{"500 short", lengths(500, 5, 50), 128, base, true},
		{"1,000 short", lengths(1000, 5, 50), 128, base, true},
		{"3,000 short", lengths(3000, 5, 50), 128, base, true},
		{"5,000 short", lengths(5000, 5, 50), 128, base, true},
		{"10,000 short", lengths(10000, 5, 50), 128, base, false},
		{"20,000 short", lengths(20000, 5, 50), 128, base, false},
		{"20,000 very short", lengths(20000, 3, 20), 128, base, true},
		{"32 short", lengths(32, 5, 50), 128, base, false},
		{"320 short, small model", lengths(320, 5, 50), 128, tiny, false},
		{"long", lengths(2000, 120, 600), 256, base, false},
		{"of one length", slices.Repeat([]int{32}, 5000), 128, base, false},
	} {
		ids := examples(c.lengths, c.maxLength)
		o := batching.Options{Rows: 16, Lengths: TrainingLengths(ids, c.maxLength, c.layer.Weights)}
		shape, err := PackedShape(ids, o, c.maxLength, c.layer)
		if err != nil || (shape != batching.Shape{}) != c.packs {
			t.Errorf("%s: %s, %v", c.name, shape, err)
		}
		if !c.packs {
			continue
		}
		before := batches(t, ids, o)
		o.PackedShape = shape
		after := batches(t, ids, o)
		saved := c.layer.Cost(before) - c.layer.Cost(after)
		if saved < 0.1*c.layer.Cost(before) || saved < float64(programTokens(c.layer.Weights)) || len(shapes(after)) > 2 {
			t.Errorf("%s: %s saves %.0f of %.0f, in shapes %v", c.name, shape, saved, c.layer.Cost(before), shapes(after))
		}
	}
	if _, err := PackedShape(nil, batching.Options{}, 128, base); err == nil {
		t.Error("no examples are no error")
	}
}

// TestTrainingLengths: a training adds fewer lengths than an evaluation of the same examples, and none that
// saves less than its program costs.
func TestTrainingLengths(t *testing.T) {
	ids := examples(lengths(5000, 5, 50), 128)
	evaluation, training := LengthsFor(ids, 128, base.Weights), TrainingLengths(ids, 128, base.Weights)
	defaults := batching.LengthsUpTo(128)
	if len(training) <= len(defaults) || len(training) >= len(evaluation) {
		t.Errorf("%d lengths by default, %d of a training, %d of an evaluation", len(defaults), len(training), len(evaluation))
	}
	below := 0
	for i, n := range training {
		saved := 0
		for _, example := range ids {
			if !slices.Contains(defaults, n) && len(example) <= n && len(example) > below {
				saved += training[i+1] - n
			}
		}
		below = n
		if least := trainingPrograms * programTokens(base.Weights); saved < least && !slices.Contains(defaults, n) {
			t.Errorf("length %d of %v saves %d tokens, expected at least %d", n, training, saved, least)
		}
	}
}

// TestPackedShapeOfSeeds: trainings with the same examples and different seeds have the same shape, also
// where the saving is near the least one.
func TestPackedShapeOfSeeds(t *testing.T) {
	ids := examples(lengths(500, 5, 50), 128)
	found := map[batching.Shape]bool{}
	for seed := range int64(8) {
		shape, err := PackedShape(ids, batching.Options{Rows: 16, Lengths: TrainingLengths(ids, 128, base.Weights), Seed: seed}, 128, base)
		if err != nil {
			t.Fatal(err)
		}
		found[shape] = true
	}
	if len(found) != 1 {
		t.Errorf("shapes of eight seeds: %v", found)
	}
}

// lengths returns n random numbers from least to most.
func lengths(n, least, most int) []int {
	rng := rand.New(rand.NewPCG(1, 1))
	list := make([]int, n)
	for i := range list {
		list[i] = least + rng.IntN(most-least+1)
	}
	return list
}

// examples returns examples of the lengths, or of maxLength tokens where that is less.
func examples(lengths []int, maxLength int) [][]int32 {
	ids := make([][]int32, len(lengths))
	for i, n := range lengths {
		ids[i] = make([]int32, min(n, maxLength))
	}
	return ids
}

func batches(t *testing.T, ids [][]int32, o batching.Options) batching.Sequence {
	t.Helper()
	b, err := batching.NewBatcher(ids, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Epoch(0)
}

// shapes returns the number of batches of each shape.
func shapes(batches batching.Sequence) map[batching.Shape]int {
	all := map[batching.Shape]int{}
	for i := range batches.Len() {
		all[batches.Shape(i)]++
	}
	return all
}

// TestLayerCost: a token of a long row costs more, by the size of its attention.
func TestLayerCost(t *testing.T) {
	if got, want := base.cost(batching.Shape{Rows: 4, Length: 128}), 512*(1+5*2*128*768./(12*768*768)); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got := (Layer{}).cost(batching.Shape{Rows: 4, Length: 128}); got != 512 {
		t.Errorf("without sizes: %v", got)
	}
}

// TestCosts: the costs of the finished batches and of those left are those of all, also of a replaced batch,
// which is counted once, and of batches from one in the middle on.
func TestCosts(t *testing.T) {
	ids := make([][]int32, 40)
	for i := range ids {
		ids[i] = make([]int32, 8+12*i)
	}
	batcher, err := batching.NewBatcher(ids, nil, batching.Options{Tokens: 1024, Lengths: batching.LengthsUpTo(512)})
	if err != nil {
		t.Fatal(err)
	}
	batches := batcher.InOrder()
	all, costs := base.Cost(batches), base.Costs(batches, 0)
	half := costs.Status(batches.Len()/2-1, progress.Status{Done: 7})
	if again := costs.Status(batches.Len()/2-1, progress.Status{Done: 7}); again != half || half.Done != 7 {
		t.Errorf("%+v, then %+v", half, again)
	}
	if sum := half.Cost + half.CostLeft; math.Abs(sum-all) > 1e-6*all || half.Cost <= 0 || half.CostLeft <= half.Cost {
		t.Errorf("after half of the batches, the shorter ones: %+v of %v", half, all)
	}
	rest := base.Costs(batches, batches.Len()/2).Status(batches.Len()-1, progress.Status{})
	if math.Abs(rest.Cost-half.CostLeft) > 1e-6*all || rest.CostLeft > 1e-6*all {
		t.Errorf("the second half: %+v, want the cost %v", rest, half.CostLeft)
	}
}
