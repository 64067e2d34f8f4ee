package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// emptyCache points the user's cache folder at an empty one.
func emptyCache(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(echartsEnv, "")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("LocalAppData", filepath.Join(dir, "cache"))
	path, err := LibraryPath()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, dir) || filepath.Base(path) != "echarts-"+EChartsVersion+".min.js" {
		t.Fatalf("LibraryPath is %s", path)
	}
	return path
}

func TestLibraryIsChecked(t *testing.T) {
	path := emptyCache(t)
	if _, err := Library(); !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), path) {
		t.Errorf("with an empty cache Library answers %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("alert(1)"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Library()
	var sum *ChecksumError
	if !errors.As(err, &sum) || sum.Source != path || !strings.Contains(err.Error(), echartsSum) {
		t.Errorf("a damaged file in the cache gives %v", err)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	if err := Save(samples(t)["bars"], page); !errors.As(err, &sum) {
		t.Errorf("Save with a damaged library answers %v", err)
	}
	if _, err := os.Stat(page); !errors.Is(err, fs.ErrNotExist) {
		t.Error("Save left a page behind")
	}
	t.Setenv(echartsEnv, path)
	if _, err := Library(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "setOption") {
		t.Errorf("a file that is not ECharts in %s gives %v", echartsEnv, err)
	}
}

func TestFetchRefusesAnythingElse(t *testing.T) {
	path := emptyCache(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte("<html>Please log in to this network</html>"))
	}))
	defer server.Close()
	from := func(url string) func(context.Context) ([]byte, error) {
		return func(ctx context.Context) ([]byte, error) { return download(ctx, url) }
	}
	_, err := fetch(t.Context(), []source{{"portal", from(server.URL)}, {"mirror", from(server.URL + "/missing")}})
	var sum *ChecksumError
	if !errors.As(err, &sum) {
		t.Errorf("a log-in page instead of the library gives %v", err)
	}
	for _, want := range []string{"from portal", "from mirror", "404", path, echartsEnv} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a failed fetch left something behind")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := fetch(ctx, []source{{"portal", from(server.URL)}}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled fetch answers %v", err)
	}
}

func TestFetchKeepsWhatIsThere(t *testing.T) {
	text := standIn(t)
	path, err := fetch(t.Context(), nil)
	if err != nil || path != os.Getenv(echartsEnv) {
		t.Errorf("with %s set, fetch answers %s, %v", echartsEnv, path, err)
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Error("fetch changed the user's file")
	}
	noLibrary(t)
	if _, err := fetch(t.Context(), nil); !errors.Is(err, ErrNoLibrary) {
		t.Errorf("with %s naming no file, fetch answers %v", echartsEnv, err)
	}
}

func TestUnpack(t *testing.T) {
	archive := func(names ...string) *bytes.Buffer {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		w := tar.NewWriter(z)
		for _, name := range names {
			body := "text of " + name
			if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(body))}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		z.Close()
		return &buf
	}
	got, err := unpack(archive("package/a.js", "package/dist/echarts.min.js"), "package/dist/echarts.min.js")
	if err != nil || string(got) != "text of package/dist/echarts.min.js" {
		t.Errorf("unpack gives %q, %v", got, err)
	}
	if _, err := unpack(archive("package/a.js"), "package/b.js"); err == nil || !strings.Contains(err.Error(), "package/b.js") {
		t.Errorf("a package without the file gives %v", err)
	}
	whole := archive("package/a.js").Bytes()
	if _, err := unpack(bytes.NewReader(whole[:len(whole)/2]), "package/b.js"); err == nil {
		t.Error("half a package is no error")
	}
	if _, err := unpack(strings.NewReader("<html>"), "package/b.js"); err == nil {
		t.Error("HTML instead of a package is no error")
	}
}

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
