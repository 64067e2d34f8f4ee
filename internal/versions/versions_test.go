package versions

import "testing"

func TestEngineName(t *testing.T) {
	for description, want := range map[string]string{
		`xla:cpu - PJRT "cpu" plugin (_preloaded_) v0.106 [StableHLO] [4 device(s)]`:        "xla:cpu v0.106",
		`xla:cuda - PJRT "cuda" plugin (/home/me/cuda.so) v0.112 [StableHLO] [1 device(s)]`: "xla:cuda v0.112",
		"Go Portable Compute Backend (parallelism=-1)":                                      "Go Portable Compute Backend",
	} {
		if got := engineName(description); got != want {
			t.Errorf("%q: %q, expected %q", description, got, want)
		}
	}
}
