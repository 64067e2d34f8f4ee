package render

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/wyatt915/treeblood"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// mathExtension excludes formulas from Markdown: $…$ in a line, $$…$$ and \begin{…}…\end{…} as
// blocks, as Jupyter reads them. The formula's TeX passes into an element of class math-inline
// or math-display, which [page.showMath] draws.
type mathExtension struct{}

func (mathExtension) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		parser.WithBlockParsers(util.Prioritized(mathBlockParser{}, 150)),
		parser.WithInlineParsers(util.Prioritized(mathInlineParser{}, 150)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(mathRenderer{}, 150)))
}

var (
	mathInlineKind = ast.NewNodeKind("MathInline")
	mathBlockKind  = ast.NewNodeKind("MathBlock")
)

type mathInline struct {
	ast.BaseInline
	tex     string
	display bool
}

func (n *mathInline) Kind() ast.NodeKind            { return mathInlineKind }
func (n *mathInline) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

type mathInlineParser struct{}

func (mathInlineParser) Trigger() []byte { return []byte{'$'} }

func (mathInlineParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, position := block.Position()
	first, _ := block.PeekLine()
	fence := 1
	if bytes.HasPrefix(first, []byte("$$")) {
		fence = 2
	}
	if fence == 1 && (len(first) < 2 || util.IsSpace(first[1])) {
		return nil // "$ 5" is money
	}
	block.Advance(fence)
	var tex bytes.Buffer
	for {
		rest, _ := block.PeekLine()
		if rest == nil {
			block.SetPosition(line, position)
			return nil
		}
		if end := closing(rest, fence, tex.Len() == 0); end >= 0 {
			tex.Write(rest[:end])
			block.Advance(end + fence)
			return &mathInline{tex: strings.TrimSpace(tex.String()), display: fence == 2}
		}
		tex.Write(rest)
		block.AdvanceLine()
	}
}

// closing returns the position of the formula's end in line, or -1. As in Pandoc, a single
// dollar closes a formula only after a non-space character, and not before a digit: "$5 and
// $6".
func closing(line []byte, fence int, begins bool) int {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] != '$':
		case fence == 2:
			if i+1 < len(line) && line[i+1] == '$' {
				return i
			}
		case i == 0 && begins, i > 0 && util.IsSpace(line[i-1]):
		case i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9':
		default:
			return i
		}
	}
	return -1
}

type mathBlock struct {
	ast.BaseBlock
	end  string // the closing delimiter
	rest string // the rest of the line after it
	done bool   // it was closed on its first line
}

func (n *mathBlock) Kind() ast.NodeKind            { return mathBlockKind }
func (n *mathBlock) IsRaw() bool                   { return true }
func (n *mathBlock) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

var (
	mathOpening = regexp.MustCompile(`^[ ]{0,3}(\$\$|\\begin\{([a-zA-Z]+\*?)\})`)
	blankLine   = regexp.MustCompile(`\n[ \t]*\r?\n`)
)

type mathBlockParser struct{}

func (mathBlockParser) Trigger() []byte { return []byte{'$', '\\'} }

// Open starts a block that is closed on a later line, before a blank line, since TeX allows no
// blank line in a formula. A formula on one line is left to the inline parser.
func (mathBlockParser) Open(_ ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	match := mathOpening.FindSubmatch(line)
	if match == nil {
		return nil, parser.NoChildren
	}
	node, start := &mathBlock{end: "$$"}, len(match[0])
	environment := len(match[2]) > 0
	if environment {
		node.end = `\end{` + string(match[2]) + "}"
		start -= len(match[1]) // the environment is part of the formula
	}
	after := reader.Source()[segment.Stop-1:]
	if blank := blankLine.FindIndex(after); blank != nil {
		after = after[:blank[0]]
	}
	closed := bytes.Contains(line[len(match[0]):], []byte(node.end))
	if closed && !environment || !closed && !bytes.Contains(after, []byte(node.end)) {
		return nil, parser.NoChildren
	}
	node.done = closed
	first := segment.WithStart(segment.Start + start)
	if closed {
		end := len(match[0]) + bytes.Index(line[len(match[0]):], []byte(node.end)) + len(node.end)
		first = first.WithStop(segment.Start + end)
		node.rest = string(bytes.TrimSpace(line[end:]))
	}
	node.Lines().Append(first)
	reader.AdvanceToEOL()
	return node, parser.NoChildren
}

func (mathBlockParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	line, segment := reader.PeekLine()
	block := node.(*mathBlock)
	if block.done {
		return parser.Close
	}
	at := bytes.Index(line, []byte(block.end))
	if at < 0 {
		block.Lines().Append(segment)
		reader.AdvanceToEOL()
		return parser.Continue | parser.NoChildren
	}
	after := at + len(block.end)
	if block.end != "$$" {
		at = after
	}
	block.Lines().Append(text.NewSegment(segment.Start, segment.Start+at))
	block.rest = string(bytes.TrimSpace(line[after:]))
	reader.AdvanceToEOL()
	return parser.Close
}

func (mathBlockParser) Close(ast.Node, text.Reader, parser.Context) {}
func (mathBlockParser) CanInterruptParagraph() bool                 { return true }
func (mathBlockParser) CanAcceptIndentedLine() bool                 { return false }

type mathRenderer struct{}

func (mathRenderer) RegisterFuncs(register renderer.NodeRendererFuncRegisterer) {
	register.Register(mathInlineKind, func(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if n := node.(*mathInline); entering {
			class := "math-inline"
			if n.display {
				class = "math-display"
			}
			fmt.Fprintf(w, `<span class="%s">%s</span>`, class, html.EscapeString(n.tex))
		}
		return ast.WalkContinue, nil
	})
	register.Register(mathBlockKind, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if n := node.(*mathBlock); entering {
			tex := strings.TrimSpace(string(n.Lines().Value(source)))
			fmt.Fprintf(w, `<div class="math-display">%s</div>`+"\n", html.EscapeString(tex))
			if n.rest != "" {
				fmt.Fprintf(w, "<p>%s</p>\n", html.EscapeString(n.rest))
			}
		}
		return ast.WalkContinue, nil
	})
}

// showMath draws the formulas under root as MathML, which browsers show without a
// script. A formula that cannot be drawn stays as its TeX, which is readable too.
func (p *page) showMath(root *html.Node) {
	for _, node := range elements(root, "span", "div") {
		class, _ := attr(node, "class")
		if class != "math-inline" && class != "math-display" {
			continue
		}
		tex := strings.TrimSpace(rawText(node))
		shown := mathML(tex, class == "math-display")
		if shown == nil {
			p.warn("the formula %q is not supported and is kept as text", tex)
			shown = element("code")
			shown.AppendChild(textNode(tex))
		}
		children(node)
		node.AppendChild(shown)
	}
}

func rawText(node *html.Node) string {
	var out strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			out.WriteString(child.Data)
		}
	}
	return out.String()
}

// operatorName is the one common command that the library lacks.
var operatorName = regexp.MustCompile(`\\operatorname\*?\s*\{([^{}]*)\}`)

// mathML converts TeX to a math element; nil if a part of it is not supported.
func mathML(tex string, display bool) (math *html.Node) {
	defer func() {
		if recover() != nil { // the library panics on some input
			math = nil
		}
	}()
	convert := treeblood.InlineStyle
	if display {
		convert = treeblood.DisplayStyle
	}
	text, err := convert(operatorName.ReplaceAllString(tex, `\mathrm{$1}`), nil)
	if err != nil || strings.Contains(text, "<merror") {
		return nil
	}
	found := elements(holder(parseFragment(text, false)), "math")
	if len(found) != 1 {
		return nil
	}
	math = cleanMath(found[0])
	setAttr(math, "alttext", tex)
	return math
}
