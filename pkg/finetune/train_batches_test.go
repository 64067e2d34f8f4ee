package finetune

import (
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
)

// TestResumedTrainingHasItsBatches: a training resumes with the lengths of its checkpoint, and one of an
// earlier version, whose checkpoint has none, with the default lengths. A new one has those for its
// examples and model. One with packed batches continues with their shape, and one without them continues
// without.
func TestResumedTrainingHasItsBatches(t *testing.T) {
	e := toy(t)
	r := openToy(t, t.TempDir(), e, Options{})
	if _, err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	var written position
	if err := trainer.ReadPosition(r.Folder, &written); err != nil {
		t.Fatal(err)
	}
	defaults := batching.LengthsUpTo(e.Data.MaxLength)
	if !slices.Equal(written.Lengths, defaults) {
		t.Errorf("the checkpoint has the lengths %v, expected %v", written.Lengths, defaults)
	}
	examples, err := r.Examples(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n, err := r.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	n.Config.IntermediateSize = 1 << 24                       // so that another length need not save much
	r.options.layer = feed.Layer{Hidden: 1 << 30, Weights: 1} // so that a program costs more than packed batches save
	forExamples := r.trainingLengths(n, examples)
	if len(forExamples) == 1 {
		t.Fatal("no length saves padding")
	}
	for name, c := range map[string]struct {
		at      position
		lengths []int // of the checkpoint
		want    []int // of the batches
	}{
		"new":                   {position{}, forExamples, forExamples},
		"resumed":               {position{Position: trainer.Position{Step: 1}, Lengths: []int{7, 20}}, []int{7, 20}, []int{7, 20}},
		"of an earlier version": {position{Position: trainer.Position{Step: 1}}, defaults, defaults},
		"packed":                {position{Position: trainer.Position{Step: 1}, Lengths: defaults, Packed: batching.Shape{Rows: 9, Length: 48}}, defaults, []int{48}},
	} {
		packed := c.at.Packed
		batches, err := r.newTrainingBatches(n, examples, &c.at, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.at.Lengths, c.lengths) || c.at.Packed != packed {
			t.Errorf("%s: the lengths are %v, packed %s, expected %v and %s", name, c.at.Lengths, c.at.Packed, c.lengths, packed)
		}
		sequence, seen := batches.batcher.Epoch(0), map[int]bool{}
		for i := range sequence.Len() {
			seen[sequence.At(i).Length] = true
		}
		for length := range seen {
			if !slices.Contains(c.want, length) {
				t.Errorf("%s: a batch of length %d, expected one of %v", name, length, c.want)
			}
		}
		if len(seen) != len(c.want) {
			t.Errorf("%s: batches of %d lengths, expected all of %v", name, len(seen), c.want)
		}
	}
}
