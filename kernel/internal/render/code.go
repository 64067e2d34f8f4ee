package render

import (
	"html"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
)

// codeClass is the prefix of the class of highlighted code.
const codeClass = "ch-"

// formatter writes code as spans with classes, without an element around them.
var formatter = sync.OnceValue(func() *chromahtml.Formatter {
	return chromahtml.New(chromahtml.WithClasses(true), chromahtml.ClassPrefix(codeClass), chromahtml.PreventSurroundingPre(true))
})

// highlight returns code as HTML, coloured if its language is known.
func highlight(language, code string) string {
	lexer := lexers.Get(language)
	if language == "" || lexer == nil {
		return format([]chroma.Token{{Type: chroma.Text, Value: code}}, code)
	}
	return format(tokenize(lexer, code), code)
}

// highlightCell returns the source of a Go cell as HTML. GoNB interprets lines that start with
// % or !, and after some first lines the whole cell, as its commands.
func highlightCell(source string) string {
	first, _, _ := strings.Cut(source, "\n")
	if lexer, ok := cellMagic(strings.Fields(first)); ok {
		tokens := []chroma.Token{{Type: chroma.CommentPreproc, Value: first}}
		return format(append(tokens, tokenize(lexer, source[len(first):])...), source)
	}
	lexer := lexers.Get("go")
	var tokens []chroma.Token
	var code strings.Builder
	flush := func() {
		tokens = append(tokens, tokenize(lexer, code.String())...)
		code.Reset()
	}
	for line := range strings.Lines(source) {
		if strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!") {
			flush()
			tokens = append(tokens, chroma.Token{Type: chroma.CommentPreproc, Value: line})
			continue
		}
		code.WriteString(line)
	}
	flush()
	return format(tokens, source)
}

// cellMagic returns the lexer of a cell that GoNB v0.11 does not treat as Go because of its
// first line: a script, or a file to write.
func cellMagic(words []string) (lexer chroma.Lexer, ok bool) {
	if len(words) == 0 {
		return nil, false
	}
	switch words[0] {
	case "%%bash", "%%sh":
		lexer = lexers.Get("bash")
	case "%%script":
		if len(words) > 1 {
			lexer = lexers.Get(filepath.Base(words[1]))
		}
	case "%%writefile":
		lexer = lexers.Match(words[len(words)-1])
	case "%%gx":
	default:
		return nil, false
	}
	if lexer == nil {
		lexer = lexers.Fallback
	}
	return lexer, true
}

// tokenize splits code into tokens; code that the lexer does not accept stays one plain token.
func tokenize(lexer chroma.Lexer, code string) []chroma.Token {
	if code == "" {
		return nil
	}
	tokens, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root", EnsureLF: false}, code)
	if err != nil {
		return []chroma.Token{{Type: chroma.Text, Value: code}}
	}
	return tokens.Tokens()
}

func format(tokens []chroma.Token, code string) string {
	for i, token := range tokens {
		if codeLook(token.Type) == "" {
			tokens[i].Type = chroma.Text // no element around unstyled text
		}
	}
	var out strings.Builder
	for _, line := range chroma.SplitTokensIntoLines(tokens) {
		var text strings.Builder
		for _, token := range line {
			text.WriteString(token.Value)
		}
		out.WriteString(lineTag(text.String()))
		if err := formatter().Format(&out, lightCode(), chroma.Literator(line...)); err != nil {
			return html.EscapeString(code)
		}
		out.WriteString("</span>")
	}
	return out.String()
}

// breakable lets a line of code end behind the parenthesis that opens arguments, rather than
// within a name. A pair of parentheses stays whole.
var breakable = strings.NewReplacer("()", "()", "(\n", "(\n", "(", "(<wbr>")

// maxTabs is the deepest indentation with a rule of its own.
const maxTabs = 6

// lineTag opens the element of a line of code. The style sheet wraps a long line and indents what
// follows, by the line's own indentation and one tab.
func lineTag(line string) string {
	tabs := 0
	for _, r := range line {
		if r != '\t' {
			break
		}
		tabs++
	}
	if tabs == 0 {
		return `<span class="ch-line">`
	}
	return `<span class="ch-line ch-t` + strconv.Itoa(min(tabs, maxTabs)) + `">`
}
