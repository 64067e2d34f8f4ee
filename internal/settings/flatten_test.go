package settings

import (
	"maps"
	"testing"
)

func TestFlatten(t *testing.T) {
	got, err := Flatten(map[string]any{
		"seed": int64(1<<53 + 1), "rate": 1e-3, "none": nil, "list": []string{"a", "b"}, "inner": map[string]any{"on": true, "name": "x"},
		"stages": []any{map[string]int{"steps": 3}},
	})
	want := map[string]string{
		"seed": "9007199254740993", "rate": "0.001", "none": "", "list": "a,b", "inner.on": "true", "inner.name": "x", "stages": `{"steps":3}`,
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Flatten(func() {}); err == nil {
		t.Error("a function has no JSON form")
	}
}
