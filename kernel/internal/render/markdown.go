package render

import (
	"bytes"
	"fmt"
	stdhtml "html"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// markdown reads Markdown as Jupyter does: GitHub's dialect, formulas, and HTML in
// between, which the sanitiser sees afterwards.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM, extension.Footnote, mathExtension{}, codeExtension{}),
	goldmark.WithRendererOptions(html.WithUnsafe()),
)

// markdownHTML converts Markdown to HTML that is not to be trusted yet.
func markdownHTML(source string) (string, error) {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(source), &out); err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	return out.String(), nil
}

// codeExtension colours fenced code as the code cells are coloured.
type codeExtension struct{}

func (codeExtension) Extend(m goldmark.Markdown) {
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(codeExtension{}, 150)))
}

func (codeExtension) RegisterFuncs(register renderer.NodeRendererFuncRegisterer) {
	register.Register(ast.KindFencedCodeBlock, func(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			block := node.(*ast.FencedCodeBlock)
			code := string(block.Lines().Value(source))
			class := ""
			if language := string(block.Language(source)); language != "" {
				class = ` class="language-` + stdhtml.EscapeString(language) + `"`
			}
			fmt.Fprintf(w, "<pre><code%s>%s</code></pre>\n", class, highlight(string(block.Language(source)), code))
		}
		return ast.WalkContinue, nil
	})
}
