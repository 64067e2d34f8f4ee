package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/render"
)

// The committed pages are those of the committed notebooks.
func TestDocsBelongToNotebooks(t *testing.T) {
	t.Chdir("..")
	if err := render.Run(t.Context(), render.Options{Check: true}, io.Discard); err != nil {
		t.Error(err)
	}
	for _, page := range docsPages(t, render.DefaultOut) {
		info, err := os.Stat(page)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 3<<20 {
			t.Errorf("%s has %d bytes, more than 3 MiB", page, info.Size())
		}
	}
}

// docsPages returns the pages in a folder.
func docsPages(t *testing.T, dir string) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(pages) < 2 {
		t.Fatalf("pages in %s: %q, %v", dir, pages, err)
	}
	return pages
}
