package engine

import "testing"

func TestWideVectors(t *testing.T) {
	for _, c := range []struct {
		flags  string
		wanted bool
		want   string
	}{
		{"", true, "--xla_cpu_prefer_vector_width=512"},
		{"", false, ""},
		{"--xla_dump_to=x", true, "--xla_dump_to=x --xla_cpu_prefer_vector_width=512"},
		{"--xla_cpu_prefer_vector_width=256", true, "--xla_cpu_prefer_vector_width=256"},
		{"flags.txt", true, "flags.txt"}, // a file with flags
	} {
		if got := wideVectors(c.flags, c.wanted); got != c.want {
			t.Errorf("%q, %v: %q, expected %q", c.flags, c.wanted, got, c.want)
		}
	}
}
