package dotted_test

import (
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/dotted"
)

func TestNamesAndPaths(t *testing.T) {
	const name, path = "bert.encoder.layer.3.output.dense.weight", "/bert/encoder/layer/3/output/dense/weight"
	for _, p := range []string{path, path[1:]} {
		if got := dotted.Name(p); got != name {
			t.Errorf("the name of %s is %s, want %s", p, got, name)
		}
		if got := dotted.Absolute(p); got != path {
			t.Errorf("%s becomes %s, want %s", p, got, path)
		}
	}
	if got := dotted.Path(name); got != path {
		t.Errorf("the path of %s is %s, want %s", name, got, path)
	}
}

func TestSummary(t *testing.T) {
	names := []string{"pooler.dense", "encoder.layer.0.query", "encoder.layer.0.key", "encoder.layer.1.query", "encoder.layer.1.key", "encoder.layer.2.query", "embeddings.3.x"}
	want := []string{"pooler.dense", "encoder.layer.{0…2}.query", "encoder.layer.{0…1}.key", "embeddings.3.x"}
	if got := dotted.Summary(names); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := dotted.Summary(nil); len(got) != 0 {
		t.Errorf("nothing became %q", got)
	}
}
