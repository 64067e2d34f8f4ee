package classify_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/precision"
)

// TestCheckMerged: adapters of every task, with single texts, pairs, words, windows and cut texts, equal
// their merged weights, in both precisions, and answer as without the check.
func TestCheckMerged(t *testing.T) {
	modelDir := toytest.Model(t)
	dirs := saveAll(t, modelDir)
	dense := adapter{task: data.SingleLabel, labels: []string{"bad", "good"}, rank: 2, targets: []string{"query", "dense"}}
	dirs["dense"] = dense.save(t, modelDir, filepath.Join(t.TempDir(), "dense"), 9)
	for _, p := range []precision.Precision{precision.Float32, precision.BFloat16} {
		t.Run(string(p), func(t *testing.T) {
			o := classify.ServiceOptions{Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 20, Precision: p}, Sizes: []int{8, 24}}
			plain := newService(t, o)
			o.CheckMerged = true
			checked := newService(t, o)
			for _, r := range asked(6, sortedNames(every), 12) {
				if diff := differ(one(t, checked, r).TaskAnswer, one(t, plain, r).TaskAnswer); diff != "" {
					t.Errorf("%+v: %s", r, diff)
				}
			}
			if n := checked.Stats(); n.Accepted != 12 || n.Resident != len(dirs) {
				t.Errorf("the counters are %+v", n)
			}
		})
	}
}

// TestCheckMergedRefusesToStart: an adapter whose matrices are sums that cancel, of which only rounding
// is left, is refused by name at the start; without the check it answers.
func TestCheckMergedRefusesToStart(t *testing.T) {
	modelDir, root := toytest.Model(t), t.TempDir()
	bad := adapter{task: data.SingleLabel, labels: []string{"bad", "good"}, rank: 2, cancelling: 1e7}
	o := classify.ServiceOptions{
		Model: modelDir, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}, Backend: toytest.Backend(t),
		Adapters: map[string]string{"mood": every["mood"].save(t, modelDir, filepath.Join(root, "mood"), 1), "worse": bad.save(t, modelDir, filepath.Join(root, "worse"), 2)},
	}
	one(t, newService(t, o), classify.Request{Text: "a b", Adapter: "worse"})
	o.CheckMerged = true
	_, err := classify.NewService(context.Background(), o)
	var merged *classify.MergedError
	if !errors.As(err, &merged) {
		t.Fatalf("the service started: %v", err)
	}
	if merged.Adapter != "worse" || !(merged.Difference > merged.Bound) || merged.Bound != classify.MergedBound(precision.Float32) || merged.Precision != precision.Float32 || merged.Tokens < 3 {
		t.Errorf("%+v", merged)
	}
	for _, part := range []string{`adapter "worse"`, "expected at most 0.001 in float32", "kernel merge"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v\nlacks %q", err, part)
		}
	}
}

// TestCheckMergedRefusesToLoad: if the graph computes with another weight than the base's, a later adapter
// is refused and nothing is changed; with the right weight it is loaded.
func TestCheckMergedRefusesToLoad(t *testing.T) {
	modelDir, root := toytest.Model(t), t.TempDir()
	first := every["mood"].save(t, modelDir, filepath.Join(root, "mood"), 1)
	s := newService(t, classify.ServiceOptions{
		Model: modelDir, Adapters: map[string]string{"mood": first}, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}, CheckMerged: true,
	})
	second := every["mood"].save(t, modelDir, filepath.Join(root, "second"), 2)
	for _, change := range []float32{0.5, float32(math.NaN())} {
		restore := add(t, s, "/bert/encoder/layer/0/attention/self/value/weight", change)
		for range 10 { // the places of refused adapters are free again
			var merged *classify.MergedError
			if err := s.Load(t.Context(), "mood", second, classify.AdapterOptions{}); !errors.As(err, &merged) || merged.Adapter != "mood" || merged.Difference <= merged.Bound {
				t.Errorf("a weight that is changed by %v: %v", change, err)
			}
		}
		restore()
	}
	want := s.Adapters()
	if len(want) != 1 || want[0].Folder != first {
		t.Errorf("after the errors the adapters are %+v", want)
	}
	before := one(t, s, mood)
	if err := s.Load(t.Context(), "mood", second, classify.AdapterOptions{}); err != nil {
		t.Fatal(err)
	}
	if after := one(t, s, mood); after.Version == before.Version || slices.Equal(after.Answer.Probabilities, before.Answer.Probabilities) {
		t.Errorf("the new version answers %+v, the old one %+v", after, before)
	}
	if n := s.Stats(); n.Growths != 0 || n.Resident != 1 {
		t.Errorf("the counters are %+v", n)
	}
}

// add adds a number to the values of a weight in the graph, until the function that it returns is called.
func add(t *testing.T, s *classify.Service, path string, change float32) (restore func()) {
	t.Helper()
	v := s.GraphStore().GetVariable(path)
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	var kept []float32
	write := func(to func(values []float32)) {
		if err := tensors.MutableFlatData(value, to); err != nil {
			t.Fatal(err)
		}
	}
	write(func(values []float32) {
		kept = slices.Clone(values)
		for i := range values {
			values[i] += change * float32(i%3)
		}
	})
	return func() { write(func(values []float32) { copy(values, kept) }) }
}
