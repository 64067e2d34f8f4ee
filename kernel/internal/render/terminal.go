package render

import (
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/terminal"
)

// terminalHTML shows text as a terminal would: with its colours, and with what carriage
// returns and cursor movements left standing, so of a progress bar its last state.
func terminalHTML(text string) string {
	return strings.TrimRight(terminal.HTML(text), "\n ")
}
