// Package terminal shows what a program prints as a terminal would: carriage returns,
// backspaces and cursor movements overwrite, ESC [ K erases, colours take no column and
// wide characters take two. So a progress bar that was drawn a thousand times is kept
// once. The result is text, in which colours are still escape sequences, or HTML.
//
// Notebook outputs are no screens: lines have no width and none is wrapped, and sequences
// that clear the whole screen or address it from its top (ESC [ 2 J, ESC [ H) do nothing,
// as in Jupyter. Colours follow ECMA-48 (SGR) and xterm's 256 and 24-bit extensions.
package terminal
