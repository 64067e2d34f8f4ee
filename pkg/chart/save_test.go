package chart

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/echarts"
)

func TestSave(t *testing.T) {
	text := standIn(t)
	dir := t.TempDir()
	c := samples(t)["confusion"]
	for name, begins := range map[string]string{"a.svg": "<?xml", "b.PNG": "\x89PNG", "c.html": "<!DOCTYPE html>"} {
		path := filepath.Join(dir, name)
		if err := Save(c, path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(got), begins) {
			t.Errorf("%s begins with %.20q, %v", name, got, err)
		}
		if strings.HasSuffix(name, "html") {
			page := string(got)
			if !strings.Contains(page, text) || !strings.Contains(page, "<svg") || strings.Contains(page, "<?xml") {
				t.Error("the page lacks the library or the picture")
			}
			if strings.Contains(page, "src=\"http") || strings.Contains(page, "<link") {
				t.Error("the page loads something from elsewhere")
			}
		}
	}
	noLibrary(t)
	path := filepath.Join(dir, "d.html")
	if err := Save(c, path); err != nil {
		t.Errorf("without the library a page cannot be saved: %v", err)
	}
	if err := Save(c, filepath.Join(dir, "e.gif")); err == nil || !strings.Contains(err.Error(), ".svg, .png or .html") {
		t.Errorf("saving as .gif answers %v", err)
	}
	if err := Save(c, filepath.Join(dir, "none", "f.svg")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "f.svg") {
		t.Errorf("saving into a folder that is not answers %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 4 {
		t.Errorf("the folder holds %v", left)
	}
}

// A damaged library in the cache is an error, and no page is written.
func TestSaveWithDamagedLibrary(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(echarts.Env, "")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("LocalAppData", filepath.Join(dir, "cache"))
	library, err := echarts.Path()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(library), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(library, []byte("alert(1)"), 0o600); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	var sum *echarts.ChecksumError
	if err := Save(samples(t)["bars"], page); !errors.As(err, &sum) {
		t.Errorf("Save with a damaged library returns %v", err)
	}
	if _, err := os.Stat(page); !errors.Is(err, fs.ErrNotExist) {
		t.Error("Save left a page behind")
	}
}
