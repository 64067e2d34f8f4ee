package nbformat

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Some files that Jupyter's tools read lack a field that the format's schema requires. Read
// sets defaults for fields without influence on the content, as nbformat and nbclient do or
// could do, and lists each change in Notebook.Corrections:
//
//   - a cell without an ID at format 4.5, or with an ID that is malformed or not unique,
//     gets a new one. nbformat (5.11.1) draws a random ID; here it follows from the
//     cell's place and source, so that the same file gives the same result.
//   - a code cell without outputs has none, one without a count has not run.
//   - an output without metadata has none; a stream without a name is stdout, nbformat's
//     default for new outputs.
//   - a duplicate tag is removed.
//   - a kernelspec without a display name is shown by its name.

// correct records a correction.
func (d *decoder) correct(path, format string, args ...any) {
	d.corrections = append(d.corrections, path+": "+fmt.Sprintf(format, args...))
}

// correctIDs gives a unique ID to every cell that needs one.
func (d *decoder) correctIDs(nb *Notebook) {
	taken := make(map[string]bool)
	for _, cell := range nb.Cells {
		taken[cell.ID] = true
	}
	seen := make(map[string]int)
	for i, cell := range nb.Cells {
		path := element("cells", i)
		first, twice := seen[cell.ID]
		switch {
		case cell.ID == "" && nb.Minor < 5:
			continue
		case cell.ID == "":
			cell.ID = newID(i, cell.Source, taken)
			d.correct(path, `the field "id" is missing or empty, which format 4.5 requires; the cell has the new ID %q`, cell.ID)
		case nb.Minor >= 5 && !cellID.MatchString(cell.ID):
			old := cell.ID
			cell.ID = newID(i, cell.Source, taken)
			d.correct(path, "%q is not a cell ID (expected 1 to 64 letters, digits, '-' or '_'); the cell has the new ID %q", old, cell.ID)
		case twice:
			old := cell.ID
			cell.ID = newID(i, cell.Source, taken)
			d.correct(path, "%q is already the ID of cells[%d]; the cell has the new ID %q", old, first, cell.ID)
		}
		seen[cell.ID] = i
	}
}

// newID returns an ID of eight hexadecimal digits, as Jupyter's are, that no cell has.
func newID(index int, source string, taken map[string]bool) string {
	for n := 0; ; n++ {
		sum := sha256.Sum256([]byte(strconv.Itoa(index) + "\x00" + strconv.Itoa(n) + "\x00" + source))
		if id := hex.EncodeToString(sum[:4]); !taken[id] {
			taken[id] = true
			return id
		}
	}
}

// correctTags removes duplicate tags.
func (d *decoder) correctTags(path string, metadata map[string]any) {
	tags, ok := metadata["tags"].([]any)
	if !ok {
		return
	}
	seen := make(map[string]bool)
	kept := []any{}
	for _, item := range tags {
		tag, ok := item.(string)
		if ok && seen[tag] {
			d.correct(path, "the tag %q occurs twice; one is kept", tag)
			continue
		}
		seen[tag] = seen[tag] || ok
		kept = append(kept, item)
	}
	metadata["tags"] = kept
}

// correctKernelspec uses a kernel's name as its display name if it has none.
func (d *decoder) correctKernelspec(metadata map[string]any) {
	spec, _ := metadata["kernelspec"].(map[string]any)
	name, ok := spec["name"].(string)
	if _, given := spec["display_name"]; ok && !given {
		spec["display_name"] = name
		d.correct("metadata.kernelspec", `the field "display_name" is missing; the kernel is shown as %q`, name)
	}
}
