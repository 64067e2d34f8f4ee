package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/browser"
)

// ErrNoBrowser is returned for PDF files if there is no Chromium.
var ErrNoBrowser = errors.New("PDF files need Chromium or Chrome, and none was found")

// pagePDF prints a page.
func (b *book) pagePDF(ctx context.Context, p *page, with *printer) ([]byte, error) {
	v := b.view(p.Title)
	v.Page, v.Print, v.Searchable = p, true, false
	v.Theme, v.Script, v.Policy = "", "", printPolicy
	v.Style += template.CSS(marginBoxes(p.Title, time.Now()) + "td>details,td>details>summary,td>details::details-content{display:inline}")
	v.HasTitle = p.hasTitle()
	text, err := execute(pageTemplate, v)
	if err != nil {
		return nil, err
	}
	// On paper a folded text is open: its rest follows the beginning, without an ellipsis between.
	text = bytes.ReplaceAll(text, []byte(" …</summary><span>"), []byte(" </summary><span>"))
	return with.print(ctx, text)
}

// printPolicy is the content security policy of a page on paper: it runs and loads nothing.
const printPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// marginBoxes returns the rules for the paper and its margins: the title above, the date and the
// page's number below.
func marginBoxes(title string, now time.Time) string {
	const look = "font:8pt var(--plain);color:#5a636e"
	return fmt.Sprintf(`@page{size:A4;margin:20mm 18mm 18mm;
@top-left{content:%s;%[3]s}
@bottom-left{content:%[2]s;%[3]s}
@bottom-right{content:counter(page) " / " counter(pages);%[3]s}}
@page:first{@top-left{content:""}}`, cssString(title), cssString("printed "+now.Format(time.DateOnly)), look)
}

// cssString quotes a text for a style sheet inside HTML.
func cssString(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r == ' ' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			out.WriteRune(r)
			continue
		}
		if r == 0 {
			r = '\ufffd'
		}
		fmt.Fprintf(&out, `\%06x`, r)
	}
	return `"` + out.String() + `"`
}

// printer prints HTML with a headless Chromium.
type printer struct {
	program string
	dir     string // for the page, the result and the browser's profile
	bare    bool   // without a sandbox, which this system refuses
	count   int
}

func newPrinter() (*printer, error) {
	program := browser.Find()
	if program == "" {
		return nil, fmt.Errorf("%w: %s; or set CHROME to its executable. HTML and Markdown need no browser (--to html,md)",
			ErrNoBrowser, browser.Install)
	}
	dir, err := os.MkdirTemp("", "lorabook-print-")
	if err != nil {
		return nil, err
	}
	return &printer{program: program, dir: dir, bare: os.Geteuid() == 0}, nil
}

func (p *printer) close() { _ = os.RemoveAll(p.dir) } // in the folder for temporary files

// printTime limits the printing of one page.
const printTime = 2 * time.Minute

// noSandbox matches Chromium's message where the system lets it make no sandbox, as in most
// containers. A page that is printed runs no scripts and loads nothing.
var noSandbox = regexp.MustCompile(`(?i)no usable sandbox|without --no-sandbox|SUID sandbox`)

// print returns an HTML page as a PDF file.
func (p *printer) print(ctx context.Context, page []byte) ([]byte, error) {
	p.count++
	source := filepath.Join(p.dir, strconv.Itoa(p.count)+".html")
	target := filepath.Join(p.dir, strconv.Itoa(p.count)+".pdf")
	if err := os.WriteFile(source, page, 0o600); err != nil {
		return nil, err
	}
	log, err := p.run(ctx, source, target)
	if err != nil && !p.bare && noSandbox.MatchString(log) {
		p.bare = true
		log, err = p.run(ctx, source, target)
	}
	if err != nil {
		return nil, fmt.Errorf("%s could not print the page: %w\n%s", p.program, err, lastLines(log))
	}
	text, err := os.ReadFile(target)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s printed no file into %s: a Chromium from a snap or a flatpak may not read that folder; "+
			"set TMPDIR to a folder in your home\n%s", p.program, p.dir, lastLines(log))
	}
	if err == nil && !strings.HasPrefix(string(text), "%PDF-") {
		err = fmt.Errorf("%s printed a file that is no PDF", p.program)
	}
	return text, err
}

func (p *printer) run(ctx context.Context, source, target string) (log string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, printTime, fmt.Errorf("it did not end within %v", printTime))
	defer cancel()
	arguments := []string{
		"--headless", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-quic", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + filepath.Join(p.dir, "profile"),
		"--no-pdf-header-footer", "--generate-pdf-document-outline", "--print-to-pdf=" + target,
	}
	if p.bare {
		arguments = append(arguments, "--no-sandbox")
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(source)}
	if !strings.HasPrefix(address.Path, "/") {
		address.Path = "/" + address.Path // C:/…
	}
	command := exec.CommandContext(ctx, p.program, append(arguments, address.String())...)
	command.WaitDelay = 5 * time.Second
	text, err := command.CombinedOutput()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return string(text), err
}

// lastLines returns the end of a program's log.
func lastLines(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
