package doctor

import (
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// notebooks checks that the notebooks can be read, are complete, and behave in GoNB as in Go.
func (m *machine) notebooks(paths []string) {
	const name = "notebook"
	for _, path := range paths {
		nb, err := nbformat.Read(path)
		if err != nil {
			m.missing(name, "open and save it in Jupyter", "%v", err)
			continue
		}
		whole := true
		for _, change := range nb.Corrections {
			whole = false
			m.warn(name, "open and save it in Jupyter", "%s: the file lacks a required field, which is corrected on reading: %s", path, change)
		}
		if goCells(nb) {
			for _, warning := range gonb.Lint(nb) {
				whole = false
				m.warn(name, "see docs/gonb.md", "%s: %v", path, warning)
			}
		}
		if whole {
			m.ok(name, "%s", path)
		}
	}
}

// goCells reports whether a notebook's metadata declares Go as its language.
func goCells(nb *nbformat.Notebook) bool {
	spec, _ := nb.Metadata["kernelspec"].(map[string]any)
	info, _ := nb.Metadata["language_info"].(map[string]any)
	for _, language := range []any{spec["language"], info["name"]} {
		if name, ok := language.(string); ok {
			return strings.EqualFold(name, "go")
		}
	}
	return nb.KernelName() == "" || nb.KernelName() == install.KernelName
}
