package sampling

import (
	"strings"
	"testing"
)

// must returns the value of a call that must succeed.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wantError checks that an error contains the words.
func wantError(t testing.TB, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, expected one with %q", err, words)
	}
}
