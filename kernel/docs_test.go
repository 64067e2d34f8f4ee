package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/render"
)

// docs are the committed notebooks and the folders of their pages: with the included model and
// data, and with bert-base-cased on IMDB.
var docs = map[string]string{"notebooks": render.DefaultOut, "results": filepath.Join(render.DefaultOut, "imdb")}

// TestDocsBelongToNotebooks checks that the committed pages equal the rendered committed notebooks.
func TestDocsBelongToNotebooks(t *testing.T) {
	t.Chdir("..")
	for notebooks, out := range docs {
		if err := render.Run(t.Context(), render.Options{Notebooks: []string{notebooks}, Out: out, Check: true}, io.Discard); err != nil {
			t.Error(err)
		}
	}
	for _, page := range docsPages(t, ".") {
		info, err := os.Stat(page)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 3<<20 {
			t.Errorf("%s has %d bytes, more than 3 MiB", page, info.Size())
		}
	}
}

// docsPages returns all committed pages of the module in the folder root.
func docsPages(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	for _, dir := range docs {
		pages, err := filepath.Glob(filepath.Join(root, dir, "*.html"))
		if err != nil || len(pages) < 2 {
			t.Fatalf("pages in %s: %q, %v", dir, pages, err)
		}
		all = append(all, pages...)
	}
	slices.Sort(all)
	return all
}

// The notebooks in results are the story's, computed with the real model and reviews.
func TestResultsAreIMDB(t *testing.T) {
	notebooks, err := filepath.Glob(filepath.Join("..", "results", "*.ipynb"))
	if err != nil || len(notebooks) != len(story) {
		t.Fatalf("%q, %v", notebooks, err)
	}
	for _, path := range notebooks {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"bert-base-cased", "aclImdb_v1.tar.gz", "injected-parameters"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %q", path, want)
			}
		}
	}
}
