package run

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"golang.org/x/net/html"
)

// errorReport returns the text of GoNB's HTML error reports, and the first line of this cell in
// them or in a stack trace on stderr; 0 if there is none. GoNB names a cell by its execution
// count.
func errorReport(cell *nbformat.Cell) (report string, line int) {
	var places string
	for _, output := range cell.Outputs {
		switch page, _ := output.Data["text/html"].(string); {
		case strings.Contains(page, "gonb-err-"):
			report += plainText(page) + "\n"
		case output.Type == nbformat.Stream && output.Name == "stderr":
			places += output.Text + "\n"
		case output.Type == nbformat.ErrorOutput:
			places += output.EValue + "\n" + strings.Join(output.Traceback, "\n") + "\n"
		}
	}
	if cell.ExecutionCount == nil {
		return report, 0
	}
	for _, place := range placeInCell.FindAllStringSubmatch(report+places, -1) {
		if place[1] == strconv.Itoa(*cell.ExecutionCount) {
			line, _ = strconv.Atoi(place[2])
			break
		}
	}
	return report, line
}

// placeInCell is "Cell[3]: Line 2" in GoNB's reports of errors and "Cell [3] Line 2" in a stack.
var placeInCell = regexp.MustCompile(`Cell ?\[(\d+)\]:? Line (\d+)`)

// plainText returns the text of GoNB's HTML, an error a line, without the surrounding
// code that a browser shows only under the mouse.
func plainText(page string) string {
	tokens := html.NewTokenizer(strings.NewReader(page))
	var text strings.Builder
	hidden := 0 // depth below a hidden element
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			lines := strings.FieldsFunc(text.String(), func(r rune) bool { return r == '\n' })
			for i, line := range lines {
				lines[i] = strings.TrimSpace(line)
			}
			return strings.Join(nonBlank(lines), "\n")
		case html.StartTagToken:
			tag := tokens.Token()
			switch {
			case hidden > 0 || tag.Data == "style" || hasClass(tag, "gonb-err-context"):
				hidden++
			}
		case html.EndTagToken:
			if hidden > 0 {
				hidden--
			} else if tag, _ := tokens.TagName(); string(tag) == "div" {
				text.WriteByte('\n')
			}
		case html.TextToken:
			if hidden == 0 {
				text.Write(tokens.Text())
			}
		}
	}
}

func hasClass(tag html.Token, class string) bool {
	for _, attribute := range tag.Attr {
		if attribute.Key == "class" && attribute.Val == class {
			return true
		}
	}
	return false
}

func nonBlank(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

var escapeSequence = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// withoutColour removes a terminal's escape sequences and other control characters.
func withoutColour(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && printable.Control(r) {
			return -1
		}
		return r
	}, escapeSequence.ReplaceAllString(text, ""))
}
