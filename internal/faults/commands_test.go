package faults

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCommandsOfTheDocument: each "go test" of docs/reliability.md names tests that exist, in each of
// its packages.
func TestCommandsOfTheDocument(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "docs", "reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	found := 0
	for _, command := range regexp.MustCompile("`[^`]*go test ([^`]*)`").FindAllSubmatch(text, -1) {
		arguments := strings.ReplaceAll(string(command[1]), `\|`, "|")
		pattern := regexp.MustCompile(`-run '?([^' ]*)`).FindStringSubmatch(arguments)
		for _, argument := range strings.Fields(arguments) {
			dir, ok := strings.CutPrefix(argument, "./")
			if !ok || strings.Contains(dir, "...") {
				continue
			}
			found++
			files, _ := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
			if len(files) == 0 {
				t.Errorf("%s: the package %s has no tests", command[0], argument)
				continue
			}
			if pattern == nil {
				continue
			}
			first, _, _ := strings.Cut(pattern[1], "/")
			run, err := regexp.Compile(first)
			if err != nil {
				t.Errorf("%s: %v", command[0], err)
				continue
			}
			var names []string
			for _, file := range files {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range declared.FindAllSubmatch(content, -1) {
					names = append(names, string(name[1]))
				}
			}
			if !slices.ContainsFunc(names, run.MatchString) {
				t.Errorf("%s: no test of %s has such a name", command[0], argument)
			}
			if strings.Contains(arguments, " ./") {
				continue // other alternatives are for the other packages
			}
			for _, alternative := range strings.Split(first, "|") {
				if !slices.ContainsFunc(names, regexp.MustCompile(alternative).MatchString) {
					t.Errorf("%s: no test of %s has a name with %s", command[0], argument, alternative)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("found %d packages in the document's commands, expected 50 at least", found)
	}
}
