// Package controls shows parameters of a notebook as drop-downs and sliders, with the command line
// and the lines of Go that set the chosen values.
//
//	settings := &controls.Settings{Command: "go run ./kernel run", Controls: []controls.Control{
//		{Name: "rank", Values: []string{"2", "4", "8"}, Start: 2, Usual: "8", Slider: true},
//	}}
//	err := controls.Show(settings)
//
// The controls need no kernel: a script in the output reads them, so that they also work in a
// saved notebook that is trusted and in a rendered page. They change no variable. A cell of GoNB
// is a program that has ended when its reader moves a slider, and the parameters of a run should
// be in the notebook or the command, where they can be read later. A viewer that removes scripts
// shows the command with the values of the start.
package controls

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/internal/cellscreen"
	"github.com/lorabook/lorabook/internal/tablescript"
)

// Control is a parameter with the values that a reader can choose.
type Control struct {
	Name   string   `json:"name"`   // of the parameter
	Label  string   `json:"label"`  // beside the control; default the name
	Values []string `json:"values"` // at least two
	Start  int      `json:"start"`  // index of the value at the beginning
	Usual  string   `json:"usual"`  // the parameter's default, which the command leaves out
	String bool     `json:"string"` // the parameter is a string, and not a number
	Slider bool     `json:"slider"` // a slider instead of a drop-down
	// With is "NAME=VALUE" of another control: with another value this parameter is left out, and
	// its control is disabled. "" for none.
	With string `json:"with"`
}

// Parameter is a parameter with a fixed value.
type Parameter struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	String bool   `json:"string"`
}

// Settings are parameters that a reader sets with controls.
type Settings struct {
	Command  string      // before the parameters, such as "go run ./kernel run"
	End      string      // after the parameters, such as the notebook's path
	Fixed    []Parameter // parameters without a control, in the command before the others
	Controls []Control
}

// none stands for the lines of Go if all parameters have their default.
const none = "// all parameters have their default"

var shellWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// Quote quotes a word for a POSIX shell if it must be.
func Quote(word string) string {
	if shellWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func (s *Settings) check() error {
	if s == nil {
		return errors.New("controls: the settings are nil")
	}
	for _, c := range s.Controls {
		if len(c.Values) < 2 || c.Start < 0 || c.Start >= len(c.Values) {
			return fmt.Errorf("control %q: found %d values and start %d, expected at least two values and a start among them", c.Name, len(c.Values), c.Start)
		}
	}
	return nil
}

// chosen returns the parameters at the start, without those at their default.
func (s *Settings) chosen() []Parameter {
	list := append([]Parameter(nil), s.Fixed...)
	at := map[string]bool{"": true}
	for _, c := range s.Controls {
		at[c.Name+"="+c.Values[c.Start]] = true
	}
	for _, c := range s.Controls {
		if value := c.Values[c.Start]; value != c.Usual && at[c.With] {
			list = append(list, Parameter{c.Name, value, c.String})
		}
	}
	return list
}

// CommandLine returns the command with the values of the start.
func (s *Settings) CommandLine() string {
	var b strings.Builder
	b.WriteString(s.Command)
	for _, p := range s.chosen() {
		b.WriteString(" -p " + Quote(p.Name+"="+p.Value))
	}
	if s.End != "" {
		b.WriteString(" " + s.End)
	}
	return b.String()
}

// Lines returns the assignments of Go for the notebook's cells of parameters.
func (s *Settings) Lines() string {
	var lines []string
	for _, p := range s.chosen() {
		value := p.Value
		if p.String {
			value = strconv.Quote(value)
		}
		lines = append(lines, p.Name+" = "+value)
	}
	if lines == nil {
		return none
	}
	return strings.Join(lines, "\n")
}

// Text returns the command and the lines as text.
func (s *Settings) Text() string {
	return fmt.Sprintf("%s\n\n%s\n", s.CommandLine(), s.Lines())
}

// Markdown returns the command and the lines as Markdown.
func (s *Settings) Markdown() string {
	return fmt.Sprintf("```sh\n%s\n```\n\n```go\n%s\n```\n", s.CommandLine(), s.Lines())
}

// HTML returns the command and the lines as a fragment for a page, and a script that adds the
// controls.
func (s *Settings) HTML() (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	controls := make([]Control, len(s.Controls))
	for i, c := range s.Controls {
		if controls[i] = c; c.Label == "" {
			controls[i].Label = c.Name
		}
	}
	end := s.End
	if end != "" {
		end = " " + end
	}
	data, err := json.Marshal(map[string]any{
		"command": s.Command, "end": end, "fixed": append([]Parameter{}, s.Fixed...), "controls": controls, "none": none,
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	id := tablescript.SettingsPrefix + hex.EncodeToString(sum[:6])
	const style = "white-space:pre-wrap;overflow-wrap:anywhere;margin:.2em 0 .6em;padding:.4em .7em;border:1px solid currentColor;border-radius:4px"
	return fmt.Sprintf("<div id=\"%s\" class=\"lorabook-settings\" %s=\"%s\"><p style=\"margin:.4em 0 0\">In a terminal:</p><pre style=\"%s\">%s</pre>"+
		"<p style=\"margin:.4em 0 0\">Or in the cells of parameters:</p><pre style=\"%s\">%s</pre><script>%s</script></div>\n",
		id, tablescript.SettingsAttribute, html.EscapeString(string(data)), style, html.EscapeString(s.CommandLine()), style, html.EscapeString(s.Lines()), tablescript.Settings(id)), nil
}

// Show displays the settings as the output of the notebook's cell that runs. Outside a GoNB
// notebook it prints [Settings.Text] on the standard output.
func Show(s *Settings) error { return show(s, os.Stdout) }

func show(s *Settings, out io.Writer) error {
	text, err := s.HTML()
	if err != nil {
		return err
	}
	if !cellscreen.InNotebook() {
		_, err := io.WriteString(out, s.Text())
		return err
	}
	if err := cellscreen.Update(cellscreen.NewID(), map[protocol.MIMEType]any{
		protocol.MIMETextHTML: text, protocol.MIMETextMarkdown: s.Markdown(), protocol.MIMETextPlain: s.Text(),
	}, nil); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return cellscreen.Flush()
}
