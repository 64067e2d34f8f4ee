package render

import (
	"bytes"
	_ "embed"
	"html/template"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"
)

var (
	//go:embed assets/page.html
	pageSource string
	//go:embed assets/index.html
	indexSource string
	//go:embed assets/style.css
	styleSource string
)

var (
	pageTemplate  = template.Must(template.New("page").Funcs(functions).Parse(pageSource))
	indexTemplate = template.Must(template.New("index").Funcs(functions).Parse(indexSource))
)

var functions = template.FuncMap{
	// What the nodes hold was sanitised, or is trusted because the user said so.
	"nodes": func(nodes []*html.Node) template.HTML { return template.HTML(renderNodes(nodes)) },
}

// Content security policies: a page loads nothing at all, and with trusted outputs runs
// the scripts that stand in it, still without a network.
const (
	policySafe    = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
	policyTrusted = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; font-src data:; " +
		"script-src 'unsafe-inline' 'unsafe-eval' data: blob:; worker-src blob:; connect-src data: blob:; base-uri 'none'; form-action 'none'"
)

// style returns the pages' style sheet.
var style = sync.OnceValue(func() template.CSS {
	dark := "@media screen and (prefers-color-scheme:dark){" + codeCSS(darkCode()) + terminalCSS(terminalDark, darkBack) + "}"
	return template.CSS(styleSource + codeCSS(lightCode()) + terminalCSS(terminalLight, lightBack) + xtermCSS() + dark)
})

// view is what the templates see.
type view struct {
	Title    string
	Style    template.CSS
	Policy   string
	Page     *page // nothing in the index
	Previous *page
	Next     *page
	Contents []*heading
	HasTitle bool // the notebook begins with a heading of its own
	Source   string
	Pages    []*page
}

func (b *book) pageHTML(p *page) ([]byte, error) {
	v := view{Title: p.Title, Style: style(), Policy: policySafe, Page: p, Pages: b.pages}
	if p.trust {
		v.Policy = policyTrusted
	}
	at := slices.Index(b.pages, p)
	if at > 0 {
		v.Previous = b.pages[at-1]
	}
	if at+1 < len(b.pages) {
		v.Next = b.pages[at+1]
	}
	for _, h := range p.Headings {
		v.HasTitle = v.HasTitle || h.Level == 1
		if h.Level == 2 || h.Level == 3 {
			v.Contents = append(v.Contents, h)
		}
	}
	if len(v.Contents) < 2 {
		v.Contents = nil
	}
	v.Source = b.relative(p.source)
	return execute(pageTemplate, v)
}

func (b *book) indexHTML() ([]byte, error) {
	return execute(indexTemplate, view{Title: "Notebooks", Style: style(), Policy: policySafe, Pages: b.pages})
}

// relative returns the path of a file from the folder of the pages, or nothing where
// there is no such path.
func (b *book) relative(file string) string {
	from, errFrom := filepath.Abs(b.out)
	to, errTo := filepath.Abs(file)
	if errFrom != nil || errTo != nil {
		return ""
	}
	path, err := filepath.Rel(from, to)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(path)
}

// File is the page's name in its folder; the templates link to it.
func (p *page) File() string { return p.file }

func execute(t *template.Template, v view) ([]byte, error) {
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return nil, err
	}
	// Templates leave blank lines where they decide something.
	return []byte(strings.TrimSpace(out.String()) + "\n"), nil
}
