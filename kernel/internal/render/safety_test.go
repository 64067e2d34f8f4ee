package render

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// allowed are the elements a safe page may have.
var allowed = strings.Fields(`html head body meta title style a nav ol ul li div span section header footer main p pre code
	h1 h2 h3 h4 h5 h6 img table thead tbody tfoot tr th td caption colgroup col blockquote hr br input details summary
	em strong b i u s del ins sub sup kbd samp var tt mark small big center q cite abbr dfn time bdi bdo wbr figure
	figcaption button dl dt dd article aside strike ` + strings.Join(mathElements, " "))

var loads = regexp.MustCompile(`(?i)url\s*\(|@import|expression\s*\(|javascript:|image-set`)

// unsafe returns what in a page could run or load something, by an examination that
// shares nothing with the sanitiser.
func unsafe(page string) []string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	fault := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	styles := 0
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		if node.Data == "script" && slices.Contains([]string{themeScript, pageScript, searchScript}, rawText(node)) {
			continue // this package's own, which the policy names by its checksum
		}
		if !slices.Contains(allowed, node.Data) {
			fault("element %s", node.Data)
		}
		if node.Data == "style" {
			styles++
			if loads.MatchString(rawText(node)) {
				fault("the style sheet loads something")
			}
		}
		for _, a := range node.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch key := strings.ToLower(a.Key); {
			case strings.HasPrefix(key, "on"):
				fault("%s %s=%q", node.Data, a.Key, a.Val)
			case key == "src":
				if node.Data != "img" || !strings.HasPrefix(value, "data:image/") {
					fault("%s src=%.60q", node.Data, a.Val)
				}
			case key == "href":
				scheme := regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`).FindString(strings.Map(func(r rune) rune {
					if r <= ' ' {
						return -1
					}
					return r
				}, value))
				if node.Data != "a" || scheme != "" && !slices.Contains([]string{"http:", "https:", "mailto:"}, scheme) {
					fault("%s href=%.60q", node.Data, a.Val)
				}
			case key == "style":
				if loads.MatchString(a.Val) || strings.Contains(a.Val, `\`) {
					fault("%s style=%q", node.Data, a.Val)
				}
			case slices.Contains([]string{"srcset", "poster", "data", "action", "formaction", "background", "ping", "manifest",
				"xlink:href", "usemap", "longdesc", "cite", "srcdoc", "http", "target"}, key):
				fault("%s %s=%q", node.Data, a.Key, a.Val)
			case key == "http-equiv" && value != "content-security-policy":
				fault("meta http-equiv=%q", a.Val)
			}
		}
	}
	if styles != 1 {
		fault("%d style sheets", styles)
	}
	return found
}

// attacks are texts that would run a script or load something if they came through.
var attacks = []string{
	`<script>alert(1)</script>`,
	`<SCRIPT SRC=https://evil.example/x.js></SCRIPT>`,
	`<scr<script>ipt>alert(1)</scr</script>ipt>`,
	`<img src=x onerror=alert(1)>`,
	`<img src="https://evil.example/track.png">`,
	`<img srcset="https://evil.example/a 1x" src="data:image/png;base64,` + pngDot + `">`,
	`<img src="data:text/html;base64,PHNjcmlwdD4=">`,
	`<svg onload=alert(1)><script>alert(1)</script><image href="https://evil.example/x"/></svg>`,
	`<svg><a xlink:href="javascript:alert(1)"><text y="9">x</text></a></svg>`,
	`<svg><foreignObject><iframe src="https://evil.example"></iframe></foreignObject></svg>`,
	`<svg><style>@import url(https://evil.example/x.css)</style></svg>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<math href="javascript:alert(1)"><mi>x</mi></math>`,
	`<iframe src="https://evil.example"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<object data="https://evil.example/x.swf"></object><embed src="https://evil.example/x.swf">`,
	`<link rel=stylesheet href="https://evil.example/x.css"><base href="https://evil.example/">`,
	`<meta http-equiv="refresh" content="0;url=https://evil.example">`,
	`<form action="https://evil.example"><input name=a><button formaction="javascript:alert(1)">x</button></form>`,
	`<input type=image src="https://evil.example/x.png"><input type=text autofocus onfocus=alert(1)>`,
	`<a href="javascript:alert(1)">x</a><a href=" java&#10;script:alert(1)">x</a><a href="vbscript:x">x</a>`,
	`<a href="data:text/html,<script>alert(1)</script>">x</a><a href="data:image/svg+xml;base64,PHN2Zz4=">x</a>`,
	`<div style="background:url(https://evil.example/x.png)">x</div><p style="color:red;background-image:url('//evil')">y</p>`,
	`<div style="width:expression(alert(1))">x</div><div style="color:\75rl(https://evil.example)">z</div>`,
	`<style>body{background:url(https://evil.example)}</style><style>@import "https://evil.example/x.css";</style>`,
	`<video src="https://evil.example/x.mp4" poster="https://evil.example/p.png"></video><audio src=//evil.example/a></audio>`,
	`<table background="https://evil.example/x.png"><tr><td background=//evil.example/y>t</td></tr></table>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<textarea></textarea><script>alert(1)</script><title></title><img src=x onerror=alert(1)>`,
	`<!--><script>alert(1)</script--><!--[if IE]><script>alert(1)</script><![endif]-->`,
	`</main></body></html><script>alert(1)</script><body onload=alert(1)>`,
	`<span class="ch-k skip" id="main">dressed up</span><details ontoggle=alert(1) open>x</details>`,
	"[x](javascript:alert(1)) ![x](javascript:alert(1)) [y](<java\tscript:alert(1)>) <javascript:alert(1)>",
	"![x](https://evil.example/x.png) ![y](//evil.example/y.png) ![z](file:///etc/passwd) ![w](../../../../../etc/passwd)",
	"$\\text{<img src=x onerror=alert(1)>}$ $$\\href{javascript:alert(1)}{x}$$ $\\style{background:url(//evil)}{x}$",
	"```\"><script>alert(1)</script>\nx\n```\n\n```html\n<script>alert(1)</script>\n```",
	"# <img src=x onerror=alert(1)>\n\n## \"><script>alert(1)</script>",
	"<span class=\"math-inline\">\\text{&lt;script&gt;alert(1)&lt;/script&gt;}</span>",
	"\x1b]1338;url=https://evil.example/x.png;alt=x\a\x1b]1339;url=javascript:alert(1);content=x\a\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07",
	"\x1b]1337;File=name=eA==;inline=1:" + pngDot + "\a\x1b_bk;t=1\a<script>alert(1)</script>",
}

// everywhere puts a text wherever a notebook's author can put one.
func everywhere(attack string) []tree {
	markdown := markdownCell(attack)
	markdown["attachments"] = tree{"x": tree{"image/png": attack, "image/svg+xml": attack}}
	markdown["source"] = attack + "\n\n![x](attachment:x)\n"
	return []tree{
		markdown, codeCell(attack), codeCell("%%bash\n" + attack),
		{"cell_type": "raw", "metadata": tree{"format": "text/html"}, "source": attack},
		codeCell("x", stream("stdout", attack), stream("stderr", attack),
			tree{"output_type": "error", "ename": attack, "evalue": attack, "traceback": []any{attack}}),
		codeCell("x", display(tree{"text/html": attack})), codeCell("x", display(tree{"text/html": attack, "text/plain": attack})),
		codeCell("x", display(tree{"text/markdown": attack})), codeCell("x", display(tree{"image/svg+xml": attack})),
		codeCell("x", display(tree{"image/png": attack, "text/plain": attack})), codeCell("x", display(tree{"image/png": base64.StdEncoding.EncodeToString([]byte(attack))})),
		codeCell("x", display(tree{"text/latex": attack})), codeCell("x", display(tree{"application/json": tree{attack: attack}})),
		codeCell("x", display(tree{"application/javascript": attack})),
	}
}

func TestAttacks(t *testing.T) {
	for i, attack := range attacks {
		page, _ := renderCells(t, false, everywhere(attack)...)
		for _, fault := range unsafe(page) {
			t.Errorf("attack %d, %.80q: %s", i, attack, fault)
		}
	}
}

// TestUnsafeSees guards the guard: every kind of harm is seen when it is in a page.
func TestUnsafeSees(t *testing.T) {
	page, _ := renderCells(t, false, markdownCell("# x"))
	if found := unsafe(page); len(found) > 0 {
		t.Fatalf("a harmless page: %q", found)
	}
	for _, attack := range attacks[:31] {
		if found := unsafe(strings.Replace(page, "<main", attack+"<main", 1)); len(found) == 0 && !strings.Contains(attack, "<svg>") &&
			!strings.Contains(attack, "dressed up") {
			t.Errorf("not seen: %s", attack)
		}
	}
}

func TestPolicyInPage(t *testing.T) {
	page, _ := renderCells(t, false, markdownCell("# x"))
	has(t, html.UnescapeString(page), safePolicy(themeScript, pageScript))
	policy := safePolicy("a", "b")
	scripts := regexp.MustCompile(`script-src( '[^']*')+;`).FindString(policy)
	if got := strings.ReplaceAll(regexp.MustCompile(` 'sha256-[A-Za-z0-9+/]{43}='`).ReplaceAllString(scripts, "#"), "script-src", ""); got != "##;" ||
		strings.Contains(policy+policyTrusted, "http") {
		t.Errorf("a policy lets other scripts of a safe page run, or a page reach the network: %s", policy)
	}
}

func TestChartFallsBackToPicture(t *testing.T) {
	chart := `<div id="c" class="lorabook-chart"><img src="data:image/png;base64,` + pngDot +
		`" alt="Loss: falls" width="700" style="max-width:100%;height:auto;background-color:#ffffff"><script>draw("c")</script></div>`
	drawn := `<div id="d" style="height:300px"></div><script>draw("d")</script>`
	cells := []tree{
		codeCell("1", display(tree{"text/html": chart})),
		codeCell("2", display(tree{"text/html": drawn, "image/png": pngDot, "text/plain": "a picture"})),
		codeCell("3", display(tree{"text/html": drawn, "text/plain": "only words"})),
		codeCell("4", display(tree{"text/html": drawn})),
		codeCell("5", display(tree{"text/html": "<script>plumbing()</script>"})),
		codeCell("6", display(tree{"text/html": "<noscript><b>no script here</b></noscript><script>x()</script>"})),
		codeCell("7", display(tree{"text/html": "<table><tr><td>1</td></tr></table>", "image/png": pngDot, "text/plain": "NOT THIS"})),
		codeCell("8", display(tree{"text/html": `<div><svg width="9"><title>vector</title><rect width="5" height="5"/></svg><script>y()</script></div>`})),
	}
	page, main := renderCells(t, false, cells...)
	if found := unsafe(page); len(found) > 0 {
		t.Error(found)
	}
	has(t, main, `alt="Loss: falls"`, `width="700"`, "max-width: 100%", `alt="a picture"`, "only words", "drawn by a script",
		"<b>no script here</b>", "<td>1</td>", `alt="vector"`)
	hasNot(t, main, "draw(", "plumbing", "NOT THIS")
	if n := strings.Count(main, "drawn by a script"); n != 1 {
		t.Errorf("%d notes about a script, want 1", n)
	}

	page, main = renderCells(t, true, cells...)
	has(t, main, `<script>draw("c")</script>`, `<div id="d" style="height:300px"></div><script>draw("d")</script>`, "plumbing()")
	has(t, html.UnescapeString(page), policyTrusted)
	hasNot(t, main, "only words")
	_, main = renderCells(t, true, markdownCell(`<script>alert(1)</script>`))
	hasNot(t, main, "alert") // trust is for outputs
}

func FuzzPage(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack)
	}
	f.Add("$$\n\\begin{aligned} a &= b\n$$ x\n\n\\begin{x}\\end{x} y")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		path := notebook(t, filepath.Join(t.TempDir(), "nb.ipynb"), everywhere(text)...)
		var dir string
		memorytest.Bounded(t, len(read(t, path)), func() { dir, _ = render(t, Options{Notebooks: []string{path}}) })
		if found := unsafe(read(t, filepath.Join(dir, "nb.html"))); len(found) > 0 {
			t.Errorf("%q: %q", text, found)
		}
	})
}
