package render

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/internal/tablescript"
)

var (
	//go:embed assets/frame.html
	frameSource string
	//go:embed assets/page.html
	pageSource string
	//go:embed assets/index.html
	indexSource string
	//go:embed assets/style.css
	styleSource string
	//go:embed assets/theme.js
	themeScript string
	//go:embed assets/page.js
	pageJS string
	//go:embed assets/search.js
	searchScript string
)

// pageScript is the script of every page. It also replaces the scripts of tables of results,
// which sanitize removes.
var pageScript = pageJS + tablescript.Page() + "\n"

var (
	pageTemplate  = parse("page", pageSource)
	indexTemplate = parse("index", indexSource)
)

func parse(name, source string) *template.Template {
	return template.Must(template.Must(template.New(name).Funcs(functions).Parse(frameSource)).Parse(source))
}

var functions = template.FuncMap{
	// The nodes' content was sanitised, or the user trusts it.
	"nodes": func(nodes []*html.Node) template.HTML { return template.HTML(renderNodes(nodes)) },
}

// policyTrusted is the content security policy of a page with trusted outputs: it allows inline
// scripts, without network access.
const policyTrusted = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; font-src data:; " +
	"script-src 'unsafe-inline' 'unsafe-eval' data: blob:; worker-src blob:; connect-src data: blob:; base-uri 'none'; form-action 'none'"

// safePolicy returns the policy of any other page: it loads nothing, and allows only the page's
// scripts by their checksums.
func safePolicy(scripts ...string) string {
	hashes := ""
	for _, script := range scripts {
		sum := sha256.Sum256([]byte(script))
		hashes += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src" + hashes + "; base-uri 'none'; form-action 'none'"
}

// style returns the pages' style sheet.
var style = sync.OnceValue(func() template.CSS {
	return template.CSS(styleSource + codeCSS() + terminalCSS())
})

// view is the data of the templates.
type view struct {
	Title    string
	Style    template.CSS
	Policy   string
	Theme    template.JS
	Script   template.JS
	Page     *page // nothing in the index
	Previous *page
	Next     *page
	Contents []*heading
	HasTitle bool // the notebook has a heading of the first level
	Print    bool // on paper: everything is unfolded
	Source   string
	Pages    []*page

	Searchable bool        // there is an index that can
	Search     template.JS // in the index: the script, and the words it looks in
	Words      []entry
}

// view returns the data of all pages.
func (b *book) view(title string) view {
	return view{
		Title: title, Style: style(), Theme: template.JS(themeScript), Script: template.JS(pageScript), Pages: b.pages,
		Policy:     safePolicy(themeScript, pageScript),
		Searchable: !slices.ContainsFunc(b.pages, func(p *page) bool { return p.file == indexFile }),
	}
}

func (b *book) pageHTML(p *page) ([]byte, error) {
	v := b.view(p.Title)
	v.Page = p
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
		if h.Level == 2 || h.Level == 3 {
			v.Contents = append(v.Contents, h)
		}
	}
	v.HasTitle = p.hasTitle()
	v.Source = b.relative(p.source)
	return execute(pageTemplate, v)
}

func (b *book) indexHTML() ([]byte, error) {
	v := b.view("Notebooks")
	v.Policy = safePolicy(themeScript, pageScript, searchScript)
	v.Search, v.Words = template.JS(searchScript), b.words()
	return execute(indexTemplate, v)
}

// relative returns the path of a file relative to the folder of the pages, or "" if there is none.
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

// hasTitle reports whether the notebook has a heading of the first level.
func (p *page) hasTitle() bool {
	return slices.ContainsFunc(p.Headings, func(h *heading) bool { return h.Level == 1 })
}

// File is the page's name in its folder; the templates link to it.
func (p *page) File() string { return p.file }

func execute(t *template.Template, v view) ([]byte, error) {
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return nil, err
	}
	// The templates' actions leave blank lines.
	return []byte(strings.TrimSpace(out.String()) + "\n"), nil
}
