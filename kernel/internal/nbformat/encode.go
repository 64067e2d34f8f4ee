package nbformat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorabook/lorabook/internal/atomicfile"
)

// Write saves the notebook as a file, whole or not at all. It keeps the permissions of a
// file that it replaces.
func (nb *Notebook) Write(path string) error {
	text, err := nb.Marshal()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // replace the target of the link, not the link
	}
	return atomicfile.Write(path, text, 0o644)
}

// Marshal returns the text of the notebook's file, as Jupyter would write it. A notebook that
// [Notebook.Check] refuses, or a value of an unsupported type, is an error.
func (nb *Notebook) Marshal() ([]byte, error) {
	if fault := nb.check(); fault != nil {
		return nil, fault
	}
	top := merge(nb.Extra, map[string]any{
		"nbformat":       Major,
		"nbformat_minor": nb.Minor,
		"metadata":       merge(nb.Metadata, nil),
	})
	cells := make([]any, len(nb.Cells))
	for i, cell := range nb.Cells {
		cells[i] = cell.tree()
	}
	top["cells"] = cells
	var w writer
	w.value("", top, 0)
	w.WriteByte('\n')
	if w.fault != nil {
		return nil, w.fault
	}
	return w.Bytes(), nil
}

func (c *Cell) tree() map[string]any {
	tree := merge(c.Extra, map[string]any{
		"cell_type": string(c.Type),
		"metadata":  merge(c.Metadata, nil),
		"source":    splitLines(c.Source),
	})
	if c.ID != "" {
		tree["id"] = c.ID
	}
	if c.Attachments != nil {
		files := make(map[string]any, len(c.Attachments))
		for name, bundle := range c.Attachments {
			files[name] = bundle
			if bundle, ok := bundle.(map[string]any); ok {
				files[name] = splitBundle(bundle)
			}
		}
		tree["attachments"] = files
	}
	if c.Type == Code {
		tree["execution_count"] = countTree(c.ExecutionCount)
		outputs := make([]any, len(c.Outputs))
		for i, output := range c.Outputs {
			outputs[i] = output.tree()
		}
		tree["outputs"] = outputs
	}
	return tree
}

func (o *Output) tree() map[string]any {
	tree := merge(o.Extra, map[string]any{"output_type": string(o.Type)})
	switch o.Type {
	case Stream:
		tree["name"], tree["text"] = o.Name, splitLines(o.Text)
	case DisplayData, ExecuteResult:
		tree["data"], tree["metadata"] = splitBundle(o.Data), merge(o.Metadata, nil)
		if o.Type == ExecuteResult {
			tree["execution_count"] = countTree(o.ExecutionCount)
		}
	case ErrorOutput:
		tree["ename"], tree["evalue"] = o.EName, o.EValue
		tree["traceback"] = o.Traceback
	}
	return tree
}

// merge returns a new object, so that a nil map is written as an empty one.
func merge(extra, known map[string]any) map[string]any {
	tree := make(map[string]any, len(extra)+len(known))
	maps.Copy(tree, extra)
	maps.Copy(tree, known)
	return tree
}

func countTree(count *int) any {
	if count == nil {
		return nil
	}
	return *count
}

// splitBundle lists the lines of those texts that Jupyter splits.
func splitBundle(bundle map[string]any) map[string]any {
	tree := make(map[string]any, len(bundle))
	for mime, value := range bundle {
		text, ok := value.(string)
		if ok && (strings.HasPrefix(mime, "text/") || mime == "application/javascript" || mime == "image/svg+xml") {
			tree[mime] = splitLines(text)
		} else {
			tree[mime] = value
		}
	}
	return tree
}

// writer writes JSON as Python's json.dumps(indent=1, sort_keys=True, ensure_ascii=False).
type writer struct {
	bytes.Buffer
	fault *Error
}

func (w *writer) value(path string, value any, depth int) {
	switch value := value.(type) {
	case nil:
		w.WriteString("null")
	case bool:
		w.WriteString(strconv.FormatBool(value))
	case int:
		w.WriteString(strconv.Itoa(value))
	case json.Number:
		w.WriteString(string(value))
	case string:
		w.text(path, value)
	case []string:
		w.items(len(value), '[', ']', depth, func(i int) { w.text(path, value[i]) })
	case []any:
		w.items(len(value), '[', ']', depth, func(i int) { w.value(element(path, i), value[i], depth+1) })
	case map[string]any:
		keys := slices.Sorted(maps.Keys(value))
		w.items(len(keys), '{', '}', depth, func(i int) {
			at := member(path, keys[i])
			w.text(at, keys[i])
			w.WriteString(": ")
			w.value(at, value[keys[i]], depth+1)
		})
	default:
		w.fail(path, "a value of Go's type %T has no place in a notebook", value)
	}
}

func (w *writer) items(n int, open, end byte, depth int, item func(i int)) {
	w.WriteByte(open)
	for i := range n {
		if i > 0 {
			w.WriteByte(',')
		}
		w.newline(depth + 1)
		item(i)
	}
	if n > 0 {
		w.newline(depth)
	}
	w.WriteByte(end)
}

func (w *writer) newline(depth int) {
	w.WriteByte('\n')
	w.WriteString(strings.Repeat(" ", depth))
}

func (w *writer) text(path, text string) {
	if !utf8.ValidString(text) {
		w.fail(path, "the text is not UTF-8")
	}
	w.WriteByte('"')
	from := 0
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		w.WriteString(text[from:i])
		from = i + 1
		if short := strings.IndexByte("\"\\\b\f\n\r\t", c); short >= 0 {
			w.WriteByte('\\')
			w.WriteByte(`"\bfnrt`[short])
		} else {
			fmt.Fprintf(w, `\u%04x`, c)
		}
	}
	w.WriteString(text[from:])
	w.WriteByte('"')
}

func (w *writer) fail(path, format string, args ...any) {
	if w.fault == nil {
		w.fault = problem(path, format, args...)
	}
}
