package bert

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// TestLabelsByName: the rows of a classifier that a folder holds follow the labels by name,
// in whatever order they are given, and stay where the labels are others.
func TestLabelsByName(t *testing.T) {
	const tiny = "testdata/encoder/tiny"
	ctx := context.Background()
	m, err := Open(ctx, tiny, Options{Head: Classification, Labels: []string{"bad", "fair", "good"}, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	batch := readBatch(t, tiny+"/inputs.safetensors")
	logits := func(m *Model) []float32 {
		return tensors.MustCopyFlatData[float32](run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
			return []*graph.Node{e.Logits(root, in)}
		})[0])
	}
	want := logits(m)
	if want[0] == want[1] || want[1] == want[2] {
		t.Fatal("the classes score alike: the test would show nothing")
	}
	for _, c := range []struct {
		labels []string
		rows   []int
	}{
		{nil, []int{0, 1, 2}},
		{[]string{"good", "bad", "fair"}, []int{2, 0, 1}},
		{[]string{"Fair", "GOOD", "bad"}, []int{1, 2, 0}},
		{[]string{"a", "b", "c"}, []int{0, 1, 2}},
	} {
		check := func(how string, m *Model) {
			got := logits(m)
			for i := range got {
				if d := got[i] - want[i-i%3+c.rows[i%3]]; d > 1e-6 || d < -1e-6 {
					t.Fatalf("%s, labels %q: logits %v, in the file's order %v", how, c.labels, got[:3], want[:3])
				}
			}
			if c.labels != nil && !slices.Equal(m.Config.Labels, c.labels) {
				t.Errorf("%s: labels %q, want %q", how, m.Config.Labels, c.labels)
			}
		}
		opened, err := Open(ctx, dir, Options{Head: Classification, Labels: c.labels})
		if err != nil {
			t.Fatal(err)
		}
		check("Open", opened)
		if c.labels == nil {
			continue
		}
		set, err := Open(ctx, dir, Options{Head: Classification})
		if err != nil {
			t.Fatal(err)
		}
		if err := set.SetLabels(c.labels); err != nil {
			t.Fatal(err)
		}
		check("SetLabels", set)
	}
	for _, c := range []struct {
		labels []string
		says   string
	}{
		{[]string{"good", "dull", "fair"}, "only new names"},
		{[]string{"good", "bad", "bad"}, "different name"},
		{[]string{"good", "bad", ""}, "different name"},
	} {
		var bad *ConfigError
		if _, err := Open(ctx, dir, Options{Head: Classification, Labels: c.labels}); !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Open with labels %q: %v", c.labels, err)
		}
		if err := m.SetLabels(c.labels); !errors.As(err, &bad) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("SetLabels %q: %v", c.labels, err)
		}
	}
	if err := m.SetLabels([]string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "expected 3 names") {
		t.Errorf("two names for three classes: %v", err)
	}
}
