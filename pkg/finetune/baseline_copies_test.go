package finetune

import (
	"testing"

	"github.com/lorabook/lorabook/pkg/duplicates"
)

// The copies are a short text for many parts and kinds, too: one entry for each part. Examples that are
// left out are not always replaced by others: of the whole data set there are no others.
func TestBaselineDescribesCopies(t *testing.T) {
	b := Baseline{Duplicates: &duplicates.Result{Counts: []duplicates.Count{
		{Part: "test", In: "test", Exact: 1199, Letters: 4, Near: 16}, {Part: "test", In: "train", Exact: 117, Near: 4},
		{Part: "train", In: "test", Exact: 1}, {Part: "train", In: "train", Near: 1},
	}, Contradicting: 2}, Dropped: []string{"a", "b"}}
	want := "of the test examples 1,219 repeat another, 121 have a copy in train; of the train examples 1 has a copy in test, 1 repeats another; 2 have a copy with another label; 2 were left out of training and validation"
	if got := b.copies(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
