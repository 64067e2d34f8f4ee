package echarts

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
	t.Setenv(Env, "")
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("LocalAppData", filepath.Join(dir, "cache"))
	path, err := Path()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, dir) || filepath.Base(path) != "echarts-"+Version+".min.js" {
		t.Fatalf("Path is %s", path)
	}
	return path
}

// standIn writes a small text that Library takes for ECharts, and returns it.
func standIn(t *testing.T) string {
	t.Helper()
	text := "this.echarts={init:function(){return {setOption:function(){}}}};/* STAND-IN echarts */"
	path := filepath.Join(t.TempDir(), "echarts.js")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(Env, path)
	return text
}

func noLibrary(t *testing.T) {
	t.Helper()
	t.Setenv(Env, filepath.Join(t.TempDir(), "none.js"))
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
	t.Setenv(Env, path)
	if _, err := Library(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "setOption") {
		t.Errorf("a file that is not ECharts in %s gives %v", Env, err)
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
	for _, want := range []string{"from portal", "from mirror", "404", path, Env} {
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
	if err != nil || path != os.Getenv(Env) {
		t.Errorf("with %s set, fetch answers %s, %v", Env, path, err)
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Error("fetch changed the user's file")
	}
	noLibrary(t)
	if _, err := fetch(t.Context(), nil); !errors.Is(err, ErrNoLibrary) {
		t.Errorf("with %s naming no file, fetch answers %v", Env, err)
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
