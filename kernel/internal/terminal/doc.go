// Package terminal renders a program's output as a terminal does:
//
//	var screen terminal.Screen
//	screen.Write("10 %\r20 %")
//	text := screen.String() // "20 %"
//
// Carriage returns, backspaces and cursor movements overwrite text, and ESC [ K erases it.
// Colours occupy no column, wide characters two. So a progress bar that was drawn a thousand
// times is kept once. The result is text, in which colours are still escape sequences, or
// HTML.
//
// Notebook outputs are not screens. Lines have no maximum width and are not wrapped. Sequences
// that clear the screen or address it from its top (ESC [ 2 J, ESC [ H) have no effect, as in
// Jupyter. Colours follow ECMA-48 (SGR) and xterm's 256 and 24-bit extensions.
package terminal
