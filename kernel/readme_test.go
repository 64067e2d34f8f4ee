package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The README states the Go version of go.mod and the command that adds XLA.
func TestReadmeNamesTheGoVersion(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	if version == nil || !strings.Contains(string(readme), "[Go](https://go.dev/dl) "+string(version[1])+" or newer") {
		t.Errorf("README.md does not name go.mod's Go version %q", version)
	}
	for _, want := range []string{"git clone ", "go run ./kernel install\n"} {
		if !strings.Contains(string(readme), want) {
			t.Errorf("README.md does not have %q", want)
		}
	}
}
