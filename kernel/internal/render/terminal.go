package render

import (
	"regexp"
	"strings"
	"sync"

	terminal "github.com/buildkite/terminal-to-html/v3"
	"github.com/microcosm-cc/bluemonday"
)

// terminalPolicy lets through what a terminal can show: coloured text and links.
var terminalPolicy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("span")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(term-[a-z0-9]+( |$))+$`)).OnElements("span")
	p.AllowAttrs("href").OnElements("a")
	p.RequireParseableURLs(true)
	p.AllowURLSchemes("http", "https")
	return p
})

// terminalHTML shows text as a terminal would: with its colours, and with what carriage
// returns and cursor movements left standing, so of a progress bar its last state.
func terminalHTML(text string) string {
	return strings.TrimRight(terminalPolicy().Sanitize(terminal.Render([]byte(text))), "\n ")
}
