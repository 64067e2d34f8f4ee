package nbformat

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	jsonMIME = regexp.MustCompile(`^application/(.*\+)?json$`)
	plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	cellID   = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
)

// Check reports the first thing in the notebook that format 4 forbids, as an [*Error].
// Parse and Marshal call it.
func (nb *Notebook) Check() error {
	if fault := nb.check(); fault != nil {
		return fault
	}
	return nil
}

func (nb *Notebook) check() *Error {
	if nb.Minor < 0 {
		return problem("nbformat_minor", "%d is negative", nb.Minor)
	}
	if fault := checkKernelspec(nb.Metadata); fault != nil {
		return fault
	}
	seen := make(map[string]int)
	for i, cell := range nb.Cells {
		path := element("cells", i)
		if fault := cell.check(path); fault != nil {
			return fault
		}
		switch {
		case nb.Minor >= 5 && cell.ID == "":
			return problem(path, `the field "id" is missing, which format 4.5 wants: open and save the notebook in a current Jupyter`)
		case cell.ID == "":
			continue
		case nb.Minor >= 5 && !cellID.MatchString(cell.ID):
			return problem(member(path, "id"), "%q is not a cell ID: 1 to 64 letters, digits, '-' or '_' were expected", cell.ID)
		}
		if first, twice := seen[cell.ID]; twice {
			return problem(member(path, "id"), "%q is already the ID of cells[%d]", cell.ID, first)
		}
		seen[cell.ID] = i
	}
	return nil
}

func checkKernelspec(metadata map[string]any) *Error {
	spec, given := metadata["kernelspec"]
	if !given {
		return nil
	}
	object, ok := spec.(map[string]any)
	if !ok {
		return problem("metadata.kernelspec", "expected an object, found %s", kindOf(spec))
	}
	for _, key := range []string{"name", "display_name"} {
		if _, ok := object[key].(string); !ok {
			return problem(member("metadata.kernelspec", key), "expected a string, found %s", kindOf(object[key]))
		}
	}
	return nil
}

func (c *Cell) check(path string) *Error {
	switch c.Type {
	case Code, Markdown, Raw:
	default:
		return problem(member(path, "cell_type"), "expected the cell type code, markdown or raw, found %q", c.Type)
	}
	if c.Type != Code && (len(c.Outputs) > 0 || c.ExecutionCount != nil) {
		return problem(path, "a %s cell has no outputs", c.Type)
	}
	if c.Source != "" && !utf8.ValidString(c.Source) {
		return problem(member(path, "source"), "the text is not UTF-8")
	}
	if fault := checkTags(path+".metadata.tags", c.Metadata["tags"]); fault != nil {
		return fault
	}
	for i, output := range c.Outputs {
		switch output.Type {
		case Stream, DisplayData, ExecuteResult, ErrorOutput:
		default:
			return problem(fmt.Sprintf("%s.outputs[%d].output_type", path, i), "expected the output type stream, display_data, execute_result or error, found %q", output.Type)
		}
	}
	return nil
}

func checkTags(path string, tags any) *Error {
	if tags == nil {
		return nil
	}
	list, ok := tags.([]any)
	if !ok {
		return problem(path, "expected a list of strings, found %s", kindOf(tags))
	}
	seen := make(map[string]bool)
	for i, item := range list {
		tag, ok := item.(string)
		switch {
		case !ok:
			return problem(element(path, i), "expected a string, found %s", kindOf(item))
		case tag == "" || strings.Contains(tag, ","):
			return problem(element(path, i), "found the tag %q, expected a tag that is not empty and has no comma", tag)
		case seen[tag]:
			return problem(element(path, i), "the tag %q is given twice", tag)
		}
		seen[tag] = true
	}
	return nil
}
