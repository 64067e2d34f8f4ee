package run

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/kernel/internal/terminal"
)

// collector converts a kernel's published messages to cell outputs.
type collector struct {
	// streamed, if not nil, receives every piece of text that a cell prints.
	streamed func(cell *nbformat.Cell, name, text string)

	cells    map[string]*nbformat.Cell // by the ID of the request that runs them
	displays map[string][]*nbformat.Output
	screens  map[*nbformat.Output]*terminal.Screen
	changed  map[*nbformat.Output]bool // text streams with a screen, which differs from their text
	ends     map[*nbformat.Output]bool // whether the last piece of a stream ended in U+FFFD
	clearing map[*nbformat.Cell]bool   // to be cleared when the next output comes
	lost     map[*nbformat.Cell]int    // characters that the kernel cut in two
	err      error                     // the first message that could not be understood
}

func newCollector() *collector {
	return &collector{
		cells:    make(map[string]*nbformat.Cell),
		displays: make(map[string][]*nbformat.Output),
		screens:  make(map[*nbformat.Output]*terminal.Screen),
		changed:  make(map[*nbformat.Output]bool),
		clearing: make(map[*nbformat.Cell]bool),
		lost:     make(map[*nbformat.Cell]int),
		ends:     make(map[*nbformat.Output]bool),
	}
}

// published is the union of the contents of the messages that make outputs.
type published struct {
	Name           string         `json:"name"`
	Text           string         `json:"text"`
	Data           map[string]any `json:"data"`
	Metadata       map[string]any `json:"metadata"`
	ExecutionCount *int           `json:"execution_count"`
	EName          string         `json:"ename"`
	EValue         string         `json:"evalue"`
	Traceback      []string       `json:"traceback"`
	Wait           bool           `json:"wait"`
	Transient      struct {
		DisplayID string `json:"display_id"`
	} `json:"transient"`
}

// handle applies one message. Messages of an earlier cell are applied too, since GoNB sends a
// program's last displays only after the cell's reply.
func (c *collector) handle(m *jupyter.Message) {
	kind := m.Header.MsgType
	switch kind {
	case "stream", "display_data", "execute_result", "update_display_data", "error", "clear_output", "execute_input":
	default:
		return
	}
	var content published
	if err := m.Decode(&content); err != nil {
		if c.err == nil {
			c.err = err
		}
		return
	}
	for mime, value := range content.Data {
		content.Data[mime] = mimeValue(mime, value)
	}
	if kind == "update_display_data" { // regardless of the cell that updates it
		for _, output := range c.displays[content.Transient.DisplayID] {
			output.Data, output.Metadata = content.Data, content.Metadata
		}
		return
	}
	cell := c.cells[m.Parent.MsgID]
	switch {
	case cell == nil:
	case kind == "execute_input":
		cell.ExecutionCount = content.ExecutionCount
	case kind == "clear_output" && content.Wait:
		c.clearing[cell] = true
	case kind == "clear_output":
		c.clear(cell)
	default:
		if c.clearing[cell] {
			c.clear(cell)
		}
		if kind == "stream" {
			c.stream(cell, content.Name, content.Text)
			return
		}
		output := &nbformat.Output{
			Type: nbformat.OutputType(kind),
			Data: content.Data, Metadata: content.Metadata,
			EName: content.EName, EValue: content.EValue, Traceback: content.Traceback,
		}
		if kind == "execute_result" {
			output.ExecutionCount = content.ExecutionCount
		}
		cell.Outputs = append(cell.Outputs, output)
		if id := content.Transient.DisplayID; id != "" {
			c.displays[id] = append(c.displays[id], output)
		}
	}
}

// stream appends to the last output if that is the same stream, as JupyterLab does.
func (c *collector) stream(cell *nbformat.Cell, name, text string) {
	var output *nbformat.Output
	if n := len(cell.Outputs); n > 0 {
		output = cell.Outputs[n-1]
	}
	if output == nil || output.Type != nbformat.Stream || output.Name != name {
		output = c.newStream(cell, name, text)
	}
	// GoNB v0.11.5 forwards a program's output in blocks of at most 32 KiB. A character at the
	// boundary of two blocks becomes U+FFFD in both.
	if c.ends[output] && strings.HasPrefix(text, "\ufffd") {
		c.lost[cell]++
	}
	c.ends[output] = strings.HasSuffix(text, "\ufffd")
	c.screens[output].Write(text)
	c.changed[output] = true
	if c.streamed != nil {
		c.streamed(cell, name, text)
	}
}

// newStream adds an output for a stream whose next piece is text. If the piece overwrites the
// last line of the stream's earlier output, that line moves: a progress bar that was drawn before
// a chart is saved once, in its last state.
func (c *collector) newStream(cell *nbformat.Cell, name, text string) *nbformat.Output {
	added := &nbformat.Output{Type: nbformat.Stream, Name: name}
	c.screens[added] = new(terminal.Screen)
	for i, earlier := range slices.Backward(cell.Outputs) {
		if earlier.Type != nbformat.Stream || earlier.Name != name {
			continue
		}
		if screen := c.screens[earlier]; screen != nil && screen.Overwrites(text) {
			c.screens[added] = screen.MoveLine()
			c.changed[earlier] = true
			if screen.String() == "" {
				cell.Outputs = slices.Delete(cell.Outputs, i, i+1)
			}
		}
		break
	}
	cell.Outputs = append(cell.Outputs, added)
	return added
}

func (c *collector) clear(cell *nbformat.Cell) {
	cell.Outputs = nil
	delete(c.clearing, cell)
}

// finish updates the texts of all streams. To be called before outputs are read.
func (c *collector) finish() {
	for output := range c.changed {
		output.Text = c.screens[output].String()
	}
	clear(c.changed)
}

// mimeValue converts a value for a notebook: to text unless the type is JSON.
func mimeValue(mime string, value any) any {
	if nbformat.IsJSON(mime) {
		return value
	}
	switch value := value.(type) {
	case string:
		return value
	case []any:
		var text strings.Builder
		for _, item := range value {
			line, ok := item.(string)
			if !ok {
				break
			}
			text.WriteString(line)
		}
		return text.String()
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// lostCharacters warns of characters that were lost in an output.
func lostCharacters(n int) string {
	return fmt.Sprintf("characters are lost at %d places of the output, shown as \ufffd\ufffd: "+
		"GoNB splits output into blocks of 32 KiB, even within a character; print smaller blocks, or write to a file", n)
}
