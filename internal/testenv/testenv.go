// Package testenv decides what a test may use, how long it may take, and opens its engine:
//
//	python := testenv.Get(t, "LORABOOK_PYTHON")
//	testenv.NeedsTime(t, "trains three models")
//	backend := testenv.GoBackend(t)
//
// With -short, tests use nothing outside the repository, and slow tests are skipped.
// CONTRIBUTING.md lists the variables.
package testenv

import (
	"os"
	"testing"
)

// Get returns the value of the environment variable name, which names data, a model or a
// program outside the repository. It returns an empty string if the variable is not set, and
// with -short, which it logs.
func Get(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value != "" && testing.Short() {
		t.Logf("-short: %s is not used", name)
		return ""
	}
	return value
}

// Need is [Get] for a test that cannot do without the value: it is skipped without it.
func Need(t testing.TB, name string) string {
	t.Helper()
	value := Get(t, name)
	if value == "" {
		t.Skipf("%s is not set: see CONTRIBUTING.md for the real models and the Python that tests compare with", name)
	}
	return value
}

// NeedsTime skips the test with -short. The reason says what takes long.
func NeedsTime(t testing.TB, reason string) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED with -short: " + reason)
	}
}
