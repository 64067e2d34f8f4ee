package nbformat

import "slices"

// Major is the only notebook format that this package reads and writes.
const Major = 4

// CellType is the language of a cell's source: code, Markdown or raw text.
type CellType string

// The cell types of format 4.
const (
	Code     CellType = "code"
	Markdown CellType = "markdown"
	Raw      CellType = "raw"
)

// Notebook is a whole notebook. JSON values of free form (metadata, data, extra fields)
// are nil, bool, string, [encoding/json.Number], []any and map[string]any.
type Notebook struct {
	// Minor is the format's minor number, 0 to 5 today. From 5 on every cell has an ID.
	Minor    int
	Metadata map[string]any
	Cells    []*Cell
	// Extra contains the top-level fields that format 4.5 does not define.
	Extra map[string]any
	// Corrections lists the corrections to the file, one sentence each after the position, as
	// in `cells[3]: the field "outputs" is missing; the cell has none`.
	Corrections []string
}

// Cell is one cell of a notebook.
type Cell struct {
	Type CellType
	// ID is unique in the notebook; empty if the format is older than 4.5.
	ID       string
	Source   string
	Metadata map[string]any
	// Attachments maps the name of an attached file to its MIME bundle; nil if there are none.
	Attachments map[string]any
	// ExecutionCount and Outputs belong to code cells. The count is nil in a cell that has not run.
	ExecutionCount *int
	Outputs        []*Output
	// Extra contains the fields that format 4.5 does not define.
	Extra map[string]any
}

// OutputType selects the fields of an Output.
type OutputType string

// The output types of format 4.
const (
	Stream        OutputType = "stream"
	DisplayData   OutputType = "display_data"
	ExecuteResult OutputType = "execute_result"
	ErrorOutput   OutputType = "error"
)

// Output is one output of a code cell.
type Output struct {
	Type OutputType

	// Name ("stdout", "stderr") and Text belong to Stream.
	Name, Text string

	// Data (a MIME bundle: MIME type to a string, or to any JSON value for a JSON type)
	// and Metadata belong to DisplayData and ExecuteResult, ExecutionCount to the latter.
	Data, Metadata map[string]any
	ExecutionCount *int

	// EName, EValue and Traceback belong to ErrorOutput.
	EName, EValue string
	Traceback     []string

	// Extra contains the fields that format 4.5 does not define.
	Extra map[string]any
}

// KernelName returns the kernel's name in the notebook's metadata, or "".
func (nb *Notebook) KernelName() string {
	spec, _ := nb.Metadata["kernelspec"].(map[string]any)
	name, _ := spec["name"].(string)
	return name
}

// Tags returns the cell's tags.
func (c *Cell) Tags() []string {
	list, _ := c.Metadata["tags"].([]any)
	var tags []string
	for _, item := range list {
		if tag, ok := item.(string); ok {
			tags = append(tags, tag)
		}
	}
	return tags
}

// HasTag reports whether the cell bears the tag.
func (c *Cell) HasTag(tag string) bool {
	return slices.Contains(c.Tags(), tag)
}

// IsJSON reports whether data of the MIME type is a JSON value and not text.
func IsJSON(mime string) bool {
	return jsonMIME.MatchString(mime)
}
