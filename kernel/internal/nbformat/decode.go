package nbformat

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Read opens a file and reads its notebook. If the file is not a notebook, the error is an
// [*Error].
func Read(path string) (*Notebook, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	nb, fault := parse(text)
	if fault != nil {
		fault.File = path
		return nil, fault
	}
	return nb, nil
}

// Parse reads a notebook from the text of its file. If data is not a notebook, the error is an
// [*Error].
func Parse(text []byte) (*Notebook, error) {
	nb, fault := parse(text)
	if fault != nil {
		return nil, fault
	}
	return nb, nil
}

func parse(text []byte) (*Notebook, *Error) {
	tree, fault := parseTree(text)
	if fault != nil {
		return nil, fault
	}
	var d decoder
	nb := d.notebook(tree)
	if d.fault != nil {
		return nil, d.fault
	}
	d.correctIDs(nb)
	d.correctKernelspec(nb.Metadata)
	nb.Corrections = d.corrections
	if fault := nb.check(); fault != nil {
		return nil, fault
	}
	return nb, nil
}

// decoder turns a tree into a notebook. It keeps the first error and continues with zero values.
type decoder struct {
	fault       *Error
	corrections []string
}

func (d *decoder) fail(path, format string, args ...any) {
	if d.fault == nil {
		d.fault = problem(path, format, args...)
	}
}

func (d *decoder) notebook(tree any) *Notebook {
	top, ok := tree.(map[string]any)
	if !ok {
		d.fail("", "expected an object, found %s", kindOf(tree))
		return nil
	}
	if version, given := top["nbformat"]; !given {
		d.fail("", `the field "nbformat" is missing: this is some other JSON document`)
		return nil
	} else if version != json.Number("4") {
		d.fail("nbformat", "expected format 4, found %s: open and save the notebook in a current Jupyter", show(version))
		return nil
	}
	fields := d.take("", top)
	delete(fields.left, "nbformat")
	nb := &Notebook{
		Minor:    d.count(fields.required("nbformat_minor")),
		Metadata: d.object(fields.required("metadata")),
	}
	path, cells := fields.required("cells")
	for i, cell := range d.list(path, cells) {
		nb.Cells = append(nb.Cells, d.cell(element(path, i), cell))
	}
	nb.Extra = fields.rest()
	for _, key := range []string{"orig_nbformat", "orig_nbformat_minor", "signature"} {
		delete(nb.Metadata, key) // Jupyter's readers drop the fields of a running server
	}
	return nb
}

func (d *decoder) cell(path string, tree any) *Cell {
	fields := d.take(path, d.object(path, tree))
	cell := &Cell{
		Type:     CellType(d.text(fields.required("cell_type"))),
		Metadata: d.object(fields.required("metadata")),
		Source:   d.lines(fields.required("source")),
	}
	delete(cell.Metadata, "trusted")
	d.correctTags(path, cell.Metadata)
	if at, id, given := fields.optional("id"); given {
		cell.ID = d.text(at, id)
	}
	if at, files, given := fields.optional("attachments"); given {
		cell.Attachments = d.object(at, files)
		for name, bundle := range cell.Attachments {
			cell.Attachments[name] = d.bundle(member(at, name), bundle)
		}
	}
	switch cell.Type {
	case Code:
		cell.ExecutionCount = d.maybeCount(fields.corrected("execution_count", nil, "the cell has not run"))
		at, outputs := fields.corrected("outputs", []any{}, "the cell has none")
		for i, output := range d.list(at, outputs) {
			cell.Outputs = append(cell.Outputs, d.output(element(at, i), output))
		}
	case Markdown, Raw:
	default:
		d.fail(member(path, "cell_type"), "expected the cell type code, markdown or raw, found %q", cell.Type)
	}
	cell.Extra = fields.rest()
	return cell
}

func (d *decoder) output(path string, tree any) *Output {
	fields := d.take(path, d.object(path, tree))
	output := &Output{Type: OutputType(d.text(fields.required("output_type")))}
	switch output.Type {
	case Stream:
		output.Name = d.text(fields.corrected("name", "stdout", "its value is stdout"))
		output.Text = d.lines(fields.required("text"))
	case DisplayData, ExecuteResult:
		output.Data = d.bundle(fields.required("data"))
		output.Metadata = d.object(fields.corrected("metadata", map[string]any{}, "the output has none"))
		if output.Type == ExecuteResult {
			output.ExecutionCount = d.maybeCount(fields.corrected("execution_count", nil, "the output has none"))
		}
	case ErrorOutput:
		output.EName = d.text(fields.required("ename"))
		output.EValue = d.text(fields.required("evalue"))
		at, traceback := fields.required("traceback")
		output.Traceback = []string{}
		for i, line := range d.list(at, traceback) {
			output.Traceback = append(output.Traceback, d.text(element(at, i), line))
		}
	default:
		d.fail(member(path, "output_type"), "expected the output type stream, display_data, execute_result or error, found %q", output.Type)
	}
	output.Extra = fields.rest()
	return output
}

// bundle joins the lines of a MIME bundle's texts.
func (d *decoder) bundle(path string, tree any) map[string]any {
	bundle := d.object(path, tree)
	for mime, value := range bundle {
		if !IsJSON(mime) {
			bundle[mime] = d.lines(member(path, mime), value)
		}
	}
	return bundle
}

// lines returns a text from one string or from a list of lines.
func (d *decoder) lines(path string, tree any) string {
	if list, ok := tree.([]any); ok {
		var text strings.Builder
		for i, item := range list {
			line, ok := item.(string)
			if !ok {
				d.fail(element(path, i), "expected a string, found %s", kindOf(item))
			}
			text.WriteString(line)
		}
		return text.String()
	}
	if text, ok := tree.(string); ok {
		return text
	}
	d.fail(path, "expected a string or a list of strings, found %s", kindOf(tree))
	return ""
}

func (d *decoder) text(path string, tree any) string {
	text, ok := tree.(string)
	if !ok {
		d.fail(path, "expected a string, found %s", kindOf(tree))
	}
	return text
}

func (d *decoder) object(path string, tree any) map[string]any {
	object, ok := tree.(map[string]any)
	if !ok {
		d.fail(path, "expected an object, found %s", kindOf(tree))
	}
	return object
}

func (d *decoder) list(path string, tree any) []any {
	list, ok := tree.([]any)
	if !ok {
		d.fail(path, "expected a list, found %s", kindOf(tree))
	}
	return list
}

func (d *decoder) count(path string, tree any) int {
	number, _ := tree.(json.Number)
	count, err := strconv.Atoi(string(number))
	if err != nil || count < 0 {
		d.fail(path, "expected an integer of at least 0, found %s", show(tree))
	}
	return count
}

func (d *decoder) maybeCount(path string, tree any) *int {
	if tree == nil {
		return nil
	}
	count := d.count(path, tree)
	return &count
}

// fields reads an object's members and records the unread ones.
type fields struct {
	d    *decoder
	path string
	all  map[string]any
	left map[string]bool
}

func (d *decoder) take(path string, object map[string]any) *fields {
	f := &fields{d: d, path: path, all: object, left: make(map[string]bool, len(object))}
	for key := range object {
		f.left[key] = true
	}
	return f
}

func (f *fields) optional(key string) (path string, value any, given bool) {
	delete(f.left, key)
	value, given = f.all[key]
	return member(f.path, key), value, given
}

func (f *fields) required(key string) (path string, value any) {
	path, value, given := f.optional(key)
	if !given {
		f.d.fail(f.path, "the field %q is missing", key)
	}
	return path, value
}

// corrected returns a member's value, or the default value if the member is missing.
func (f *fields) corrected(key string, value any, effect string) (path string, _ any) {
	path, found, given := f.optional(key)
	if !given {
		f.d.correct(f.path, "the field %q is missing; %s", key, effect)
		return path, value
	}
	return path, found
}

func (f *fields) rest() map[string]any {
	var rest map[string]any
	for key := range f.left {
		if rest == nil {
			rest = make(map[string]any)
		}
		rest[key] = f.all[key]
	}
	return rest
}

func kindOf(tree any) string {
	switch tree.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a %T", tree)
}

func show(tree any) string {
	switch value := tree.(type) {
	case json.Number:
		return string(value)
	case string:
		return strconv.Quote(excerpt([]byte(value)))
	}
	return kindOf(tree)
}
