package render

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPictures(t *testing.T) {
	dir := t.TempDir()
	png, err := base64.StdEncoding.DecodeString(pngDot)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"img/a dot.png": png,
		"img/bar.svg":   []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>`),
		"secret.png":    []byte("root:x:0:0"),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cell := markdownCell("![dot](img/a%20dot.png) ![bar](img/bar.svg)\n\n![text](secret.png) ![none](none.png) ![far](https://example.com/far.png)" +
		"\n\n![own](attachment:own%20file.png) ![lost](attachment:lost.png)\n\n<img src=\"img/a%20dot.png\" width=\"40\" alt=\"html\">")
	cell["attachments"] = tree{"own file.png": tree{"image/png": pngDot}}
	path := notebook(t, filepath.Join(dir, "nb.ipynb"), cell)
	site, printed := render(t, Options{Notebooks: []string{path}})
	page := read(t, filepath.Join(site, "nb.html"))
	has(t, page, `src="data:image/png;base64,`+pngDot+`" alt="dot"`, `alt="bar"`, `alt="own"`, `width="40"`,
		`<a href="https://example.com/far.png">far (on example.com)</a>`, "[text: not found]", "[none: not found]", "[lost: not found]")
	has(t, printed, "secret.png", "expected a supported picture", "none.png", `no attached picture "lost.png"`)
	hasNot(t, page, "root:x", "cm9vdDp4") // nor in base 64
	if found := unsafe(page); len(found) > 0 {
		t.Error(found)
	}
}

func TestSVGSource(t *testing.T) {
	for name, test := range map[string]struct {
		text  string
		ok    bool
		title string
		want  []string
		not   []string
	}{
		"a document stays":      {`<?xml version="1.0" encoding="UTF-8"?><svg xmlns="http://www.w3.org/2000/svg"><title>T</title></svg>`, true, "T", []string{"<?xml"}, nil},
		"without its namespace": {`<svg viewBox="0 0 1 1"><linearGradient id="g"/><use xlink:href="#g"/><text>a &amp; b</text></svg>`, true, "", []string{`xmlns="http://www.w3.org/2000/svg"`, "linearGradient", `xlink:href="#g"`, "a &amp; b"}, nil},
		"in HTML":               {`<p>x</p><svg onload="x()"><script>y()</script><title>in</title><foreignObject><b>z</b></foreignObject></svg>`, true, "in", nil, []string{"script", "onload", "foreign", "<b>"}},
		"no picture":            {`hello`, false, "", nil, nil},
		"another document":      {`<html><body>hello</body></html>`, false, "", nil, nil},
	} {
		src, title, ok := svgSource(test.text)
		if ok != test.ok || title != test.title {
			t.Errorf("%s: title %q, %v; want %q, %v", name, title, ok, test.title, test.ok)
		}
		if !ok {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(src, "data:image/svg+xml;base64,"))
		if err != nil {
			t.Fatal(err)
		}
		if _, standalone := svgTitle(string(text)); !standalone {
			t.Errorf("%s: %s cannot stand alone", name, text)
		}
		has(t, string(text), test.want...)
		hasNot(t, string(text), test.not...)
	}
}

// TestLongOutput: a terminal's memory must not grow with its width times its height.
func TestLongOutput(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	got := terminalHTML(long + "\n" + strings.Repeat("line\n", 20_000) + "end")
	if !strings.HasPrefix(got, long+"\nline\n") || !strings.HasSuffix(got, "\nline\nend") {
		t.Error("a long line was broken, or lines were lost")
	}
}
