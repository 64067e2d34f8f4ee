package hubdata

import "testing"

// TestNames: the name of a data set is neither a path nor the name of a table.
func TestNames(t *testing.T) {
	for spec, want := range map[string]Name{
		"owner/name":            {"owner/name", "", ""},
		"owner/name:sst2":       {"owner/name", "sst2", ""},
		"owner/name:en us@v1.0": {"owner/name", "en us", "v1.0"},
		"owner/name@refs/pr/3":  {"owner/name", "", "refs/pr/3"},
		"owner/na.me-2":         {"owner/na.me-2", "", ""},
	} {
		if got, ok := ParseName(spec); !ok || got != want {
			t.Errorf("%s: %v, %v", spec, got, ok)
		}
	}
	for _, spec := range []string{"name", "a/b/c", "./a", "../a/b", "data/own.csv", "data/own.csv.gz", "data/own.tsv", "data/own.json", "owner/name:", "owner/name@", "data/own.txt", `C:\data`} {
		if name, ok := ParseName(spec); ok {
			t.Errorf("%s is the name of a data set of the hub: %v", spec, name)
		}
	}
}
