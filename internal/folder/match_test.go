package folder

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestMatch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "imdb [copy]")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"part_1.jsonl", "part_0.jsonl", "other.jsonl"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{filepath.Join(dir, "part_0.jsonl"), filepath.Join(dir, "part_1.jsonl")}
	if got := Match(dir, "part_*.jsonl"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, got := range [][]string{Match(dir, "["), Match(filepath.Join(dir, "no"), "*"), Match("", "*")} {
		if len(got) > 0 {
			t.Errorf("%q, want nothing", got)
		}
	}
}
