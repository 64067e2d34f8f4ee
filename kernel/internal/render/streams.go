package render

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/kernel/internal/terminal"
)

// settleStreams applies the control characters of a cell's text streams as a terminal does, across
// the pieces of each stream. A progress bar that other outputs interrupt is kept once, in its
// last state.
func settleStreams(outputs []*nbformat.Output) []*nbformat.Output {
	var settled []*nbformat.Output
	screens := make(map[*nbformat.Output]*terminal.Screen)
	last := make(map[string]*nbformat.Output) // by the name of the stream
	for _, o := range outputs {
		if o.Type != nbformat.Stream {
			settled = append(settled, o)
			continue
		}
		earlier := last[o.Name]
		if n := len(settled); n > 0 && settled[n-1] == earlier {
			screens[earlier].Write(o.Text)
			continue
		}
		added := &nbformat.Output{Type: o.Type, Name: o.Name}
		screens[added] = new(terminal.Screen)
		if earlier != nil && screens[earlier].Overwrites(o.Text) {
			screens[added] = screens[earlier].MoveLine()
		}
		screens[added].Write(o.Text)
		settled, last[o.Name] = append(settled, added), added
	}
	for o, screen := range screens {
		o.Text = screen.String()
		if last[o.Name] != o {
			o.Text = unfinishedBar.ReplaceAllString(o.Text, "")
		}
	}
	return slices.DeleteFunc(settled, func(o *nbformat.Output) bool {
		return screens[o] != nil && strings.TrimSpace(o.Text) == ""
	})
}

// unfinishedBar matches a bar of pkg/progress at the end of a text. A notebook of an earlier
// version has lost the carriage return that erased it, if the stream continues after another
// output.
var unfinishedBar = regexp.MustCompile(`(?m)^ *\d+ ?% \[[=>.\-]+\] \(\d+/\d+\)[^\n]*\z`)
