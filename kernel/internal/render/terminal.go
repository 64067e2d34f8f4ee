package render

import (
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/terminal"
)

// terminalHTML renders text as a terminal does: with its colours, and after carriage returns
// and cursor movements, so that a progress bar shows its last state.
func terminalHTML(text string) string {
	return strings.TrimRight(terminal.HTML(text), "\n ")
}
