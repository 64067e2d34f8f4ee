// Package bar draws a progress bar on one line. It moves back to the start of the line with a
// carriage return and uses no other control codes.
package bar

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Options describe a bar.
type Options struct {
	Total     int64         // number of parts; 0 if it is not known: a spinner
	Text      string        // shown after the numbers
	Every     time.Duration // least time between two drawings
	Bytes     bool          // parts are bytes, shown in KiB, MiB and so on
	Uncounted bool          // the number of finished parts is not shown
	Times     bool          // shows the time since New and, if Total is known, the estimated time left
	Vanish    bool          // the finished bar is removed
}

// Bar is a progress bar. It is drawn first by Set, Add or Note. It ignores write errors, so
// that they do not stop the work. A Bar is not safe for concurrent use.
type Bar struct{ bar *progressbar.ProgressBar }

// New returns a bar that writes to w.
func New(w io.Writer, o Options) *Bar {
	if o.Total <= 0 {
		o.Total = -1 // progressbar's value for an unknown length
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(o.Text),
		progressbar.OptionShowDescriptionAtLineEnd(), // its numbers would run into the percentage
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
		progressbar.OptionThrottle(o.Every),
		progressbar.OptionShowTotalBytes(true),
		// The estimate assumes that this process did all finished parts.
		progressbar.OptionSetPredictTime(o.Times),
		progressbar.OptionSetElapsedTime(o.Times),
		progressbar.OptionSetRenderBlankState(false),
	}
	if o.Bytes {
		options = append(options, progressbar.OptionShowBytes(true), progressbar.OptionUseIECUnits(true))
	}
	if !o.Uncounted {
		options = append(options, progressbar.OptionShowCount())
	}
	if o.Vanish {
		options = append(options, progressbar.OptionClearOnFinish())
	}
	return &Bar{progressbar.NewOptions64(o.Total, options...)}
}

// Set sets the number of finished parts and the text, and draws them if it is time to.
func (b *Bar) Set(done int64, text string) {
	// As an option, the text is drawn with the next Set; Describe would draw immediately with
	// the previous number.
	progressbar.OptionSetDescription(text)(b.bar)
	_ = b.bar.Set64(done)
}

// Add counts n more parts as finished.
func (b *Bar) Add(n int) { _ = b.bar.Add(n) }

// Note changes the text and draws the bar.
func (b *Bar) Note(text string) { b.bar.Describe(text) }

// Reach sets the number of finished parts. Another total than before starts the bar anew.
func (b *Bar) Reach(done, total int64) {
	if b.bar.GetMax64() != total {
		b.bar.Reset()
		b.bar.ChangeMax64(total)
	}
	_ = b.bar.Set64(done)
}

// Finished reports whether all parts are done.
func (b *Bar) Finished() bool { return b.bar.IsFinished() }

// Unthrottle makes the next Set draw at once.
func (b *Bar) Unthrottle() { progressbar.OptionThrottle(0)(b.bar) }

// Clear removes the bar from its line.
func (b *Bar) Clear() { _ = b.bar.Clear() }

// Finish ends the bar and removes it.
func (b *Bar) Finish() {
	_ = b.bar.Finish()
	_ = b.bar.Clear()
}
