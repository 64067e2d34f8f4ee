package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/lorabook/lorabook/kernel/internal/terminal"
)

// Colours of code and their two backgrounds. On its background each has a contrast of at
// least 4.5 to 1, WCAG's level AA; a test holds them to it.
const (
	lightBack = "#f5f6f8"
	darkBack  = "#1d2126"
)

func codeColours(text, comment, keyword, str, num, name, builtin, magic, wrong string) chroma.StyleEntries {
	return chroma.StyleEntries{
		chroma.Text:               text,
		chroma.Error:              wrong,
		chroma.Comment:            "italic " + comment,
		chroma.CommentPreproc:     "noitalic bold " + magic,
		chroma.Keyword:            keyword,
		chroma.KeywordType:        builtin,
		chroma.KeywordConstant:    num,
		chroma.LiteralString:      str,
		chroma.LiteralNumber:      num,
		chroma.NameFunction:       name,
		chroma.NameClass:          name,
		chroma.NameTag:            keyword,
		chroma.NameAttribute:      name,
		chroma.NameBuiltin:        builtin,
		chroma.NameVariable:       builtin,
		chroma.GenericDeleted:     wrong,
		chroma.GenericInserted:    str,
		chroma.GenericHeading:     "bold " + keyword,
		chroma.GenericSubheading:  "bold " + name,
		chroma.GenericEmph:        "italic",
		chroma.GenericStrong:      "bold",
		chroma.LiteralStringOther: str,
	}
}

var lightCode = sync.OnceValue(func() *chroma.Style {
	return chroma.MustNewStyle("lorabook-light", codeColours(
		"#24292f", "#5f6872", "#a3226a", "#1f6b3a", "#8a4500", "#0b57a4", "#00666e", "#6b3fa0", "#b3261e"))
})

var darkCode = sync.OnceValue(func() *chroma.Style {
	return chroma.MustNewStyle("lorabook-dark", codeColours(
		"#e3e6ea", "#9aa4b0", "#f28dc0", "#8fd6a0", "#f0b072", "#86bdf5", "#6fd0d6", "#c9a6f0", "#ff9a92"))
})

// terminalColours are the eight colours a terminal has, black to white, and the same
// bright, for text on the background of the same theme.
var (
	terminalLight = [16]string{
		"#24292f", "#b3261e", "#1f6b3a", "#7a5200", "#0b57a4", "#8d2a8f", "#00666e", "#5f6872",
		"#5f6872", "#b3261e", "#1f6b3a", "#7a5200", "#0b57a4", "#8d2a8f", "#00666e", "#24292f"}
	terminalDark = [16]string{
		"#9aa4b0", "#ff9a92", "#8fd6a0", "#e8c66a", "#86bdf5", "#e0a3e6", "#6fd0d6", "#e3e6ea",
		"#9aa4b0", "#ff9a92", "#8fd6a0", "#e8c66a", "#86bdf5", "#e0a3e6", "#6fd0d6", "#ffffff"}
)

// codeCSS writes the rules for coloured code, those of one look together.
func codeCSS() string {
	var looks []string
	classes := make(map[string][]string)
	for _, token := range slices.Sorted(maps.Keys(chroma.StandardTypes)) {
		class, look := chroma.StandardTypes[token], codeLook(token)
		if class == "" || look == "" || token < 0 { // below zero are lines and wrappers
			continue
		}
		if classes[look] == nil {
			looks = append(looks, look)
		}
		classes[look] = append(classes[look], "."+codeClass+class)
	}
	var out strings.Builder
	for tabs := range maxTabs + 1 {
		class := ".ch-line"
		if tabs > 0 {
			class = ".ch-t" + strconv.Itoa(tabs)
		}
		columns := 4 * (tabs + 1) // the style sheet's tabs have four
		fmt.Fprintf(&out, "%s{padding-left:%dch;text-indent:-%[2]dch}", class, columns)
	}
	for _, look := range looks {
		fmt.Fprintf(&out, "%s{%s}", strings.Join(classes[look], ","), look)
	}
	return out.String()
}

// codeLook returns the CSS declarations for a kind of token; none for ordinary text.
func codeLook(token chroma.TokenType) string {
	style := lightCode()
	entry := style.Get(token)
	var look []string
	if entry.Colour != style.Get(chroma.Text).Colour {
		look = append(look, fmt.Sprintf("color:light-dark(%s,%s)", entry.Colour, darkCode().Get(token).Colour))
	}
	if entry.Bold == chroma.Yes {
		look = append(look, "font-weight:600")
	}
	if entry.Italic == chroma.Yes {
		look = append(look, "font-style:italic")
	}
	return strings.Join(look, ";")
}

// terminalCSS writes the rules for a terminal's colours: the backgrounds first, so that a
// foreground that was chosen, too, counts.
func terminalCSS() string {
	var backs, fores strings.Builder
	for i, light := range terminalLight {
		fore, behind := fmt.Sprintf("fg%d", 30+i), fmt.Sprintf("bg%d", 40+i)
		if i >= 8 {
			fore, behind = fmt.Sprintf("fgi%d", 90+i-8), fmt.Sprintf("bgi%d", 100+i-8)
		}
		colour := fmt.Sprintf("light-dark(%s,%s)", light, terminalDark[i])
		fmt.Fprintf(&backs, ".term-%s{background:%s;color:var(--code)}", behind, colour)
		fmt.Fprintf(&fores, ".term-%s{color:%s}", fore, colour)
	}
	xtermCSS(&backs, &fores)
	return backs.String() + ".term-inverse-bg{background:var(--ink)}" + fores.String() + ".term-inverse-fg{color:var(--code)}"
}

// xtermCSS writes the rules for the colours 16 to 255: a cube of six steps a side, and
// greys. A program chose these colours; text in them gets the opposite shade as its background.
func xtermCSS(backs, fores *strings.Builder) {
	steps := [6]uint8{0, 95, 135, 175, 215, 255}
	for i := 16; i < 256; i++ {
		var r, g, b uint8
		if i < 232 {
			n := i - 16
			r, g, b = steps[n/36], steps[n/6%6], steps[n%6]
		} else {
			r = uint8(8 + 10*(i-232))
			g, b = r, r
		}
		fmt.Fprintf(backs, ".term-bgx%d{background:#%02x%02x%02x;color:%s}", i, r, g, b, terminal.Ink(r, g, b))
		fmt.Fprintf(fores, ".term-fgx%d{color:#%02x%02x%02x}", i, r, g, b)
	}
}
