// Package testenv decides what a test may use and how long it may take:
//
//	python := testenv.Get(t, "LORABOOK_PYTHON")
//	testenv.NeedsTime(t, "trains three models")
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

// NeedsTime skips the test with -short. The reason says what takes long.
func NeedsTime(t testing.TB, reason string) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED with -short: " + reason)
	}
}
