package chart

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/internal/homepath"
	"github.com/lorabook/lorabook/pkg/chart/echarts"
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Show displays a chart as the output of the notebook cell that runs.
//
// The output is one, in three forms, of which each viewer takes the richest it
// can: HTML (the static picture, and a script that swaps in the interactive
// chart), the picture itself as PNG, and the chart in words. The ECharts
// library, if this machine has it (see [echarts.Fetch]), goes into the page
// before the first chart of a cell and out of its output at once, so that a
// saved notebook does not carry it; where it has not, charts stay pictures,
// which a line on the standard error stream says once.
//
// Outside a GoNB notebook Show prints the chart in words, [Chart.Text], on the
// standard output; see [Save] for files.
func Show(c Chart) error {
	if c.figure == nil {
		return errNoChart
	}
	return here().show(c)
}

// screen is where outputs appear.
type screen interface {
	// update puts an output in place of what it showed under the same
	// identifier, or adds it.
	update(id string, forms map[protocol.MIMEType]any, metadata map[string]any) error
	// flush waits until the outputs have left this program.
	flush() error
}

// session is this program's link to a notebook page. A cell of a GoNB notebook
// is a program of its own.
type session struct {
	screen screen                  // nil outside a notebook
	newID  func() string           // identifiers of outputs, new in each run
	print  func(text string) error // outside a notebook
	warn   func(text string)

	mu       sync.Mutex
	prepared bool // the library went into the page, or was said to be missing
}

// here returns the session of this program.
var here = sync.OnceValue(func() *session {
	return &session{
		screen: notebook(),
		newID:  newOutputID,
		print: func(text string) error {
			_, err := os.Stdout.WriteString(text)
			return err
		},
		warn: warnOnce,
	}
})

func (s *session) show(c Chart) error {
	if s.screen == nil {
		return s.print(c.Text())
	}
	if err := s.put(s.newID(), c, c.id, false); err != nil {
		return err
	}
	return s.screen.flush()
}

// put shows a chart as the output out, its element in the page called element.
// A growing chart's picture is SVG, drawn in a fiftieth of the time; the final
// one is PNG, which every viewer of a saved notebook lets pass.
func (s *session) put(out string, c Chart, element string, growing bool) error {
	forms := map[protocol.MIMEType]any{protocol.MIMETextPlain: c.Text()}
	metadata := map[string]any{}
	var picture still
	if growing {
		wide, narrow, err := c.svgs()
		if err != nil {
			return err
		}
		picture.element = c.images("image/svg+xml", wide, narrow)
		forms[protocol.MIMEImageSVG] = string(wide)
	} else {
		bitmaps, png, err := c.bitmaps()
		if err != nil {
			return err
		}
		picture = bitmaps
		forms[protocol.MIMEImagePNG] = png
		if picture.vectors != nil {
			forms[protocol.MIMEImageSVG] = string(picture.vectors[0])
		}
		// The PNG has twice the pixels. Of the map types that GoNB's wire
		// format knows, this one fits.
		w, h := c.Fit(canvas.Wide).size()
		metadata[string(protocol.MIMEImagePNG)] = map[string]int{"width": w, "height": h}
	}
	send := func(library string, live bool) error {
		html, err := c.fragment(picture, element, library, live)
		if err != nil {
			return err
		}
		forms[protocol.MIMETextHTML] = html
		return s.screen.update(out, maps.Clone(forms), metadata)
	}
	if library := s.prepare(); library != nil {
		// The same output twice: with the library, then without. The drawing
		// that the first made, live, moves into the second.
		if err := send(libraryScript(library), true); err != nil {
			return err
		}
	}
	return send("", growing)
}

// prepare returns the library the first time, if there is one.
func (s *session) prepare() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.prepared {
		return nil
	}
	s.prepared = true
	library, err := echarts.Library()
	if err != nil {
		s.warn("Charts are static pictures: " + homepath.Short(err.Error()))
		return nil
	}
	return library
}

// warnOnce prints a line on the standard error stream, once while a notebook's
// kernel lives: its cells are programs that share a folder.
func warnOnce(text string) {
	if dir := os.Getenv(protocol.GONB_TMP_DIR_ENV); dir != "" {
		mark, err := os.OpenFile(filepath.Join(dir, "lorabook-chart-warned"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, os.ErrExist) {
			return
		}
		if err == nil {
			mark.Close()
		}
	}
	fmt.Fprintln(os.Stderr, text)
}
