package data

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOrangeHeader: Orange's lines of types and flags are no examples, and name the columns.
func TestOrangeHeader(t *testing.T) {
	for name, c := range map[string]struct {
		table, wantText, wantLabel string
		columns                    Columns
	}{
		"short": {"Category\tText\nd\tstring\nclass\t\n\nfine\ta fine day\npoor\ta poor day\n", "a fine day", "fine", Columns{}},
		"long": {"Time\tAuthor\tTitle\tContent\ntime\tdiscrete\tstring\tstring\n\tclass\tmeta\tmeta include=True title=True\n" +
			"2016\tann\tone\ta fine day\n2017\tbob\ttwo\ta poor day\n", "a fine day", "ann", Columns{}},
		"a blank line of tabs": {"Category\tText\nd\tstring\nclass\t\n\t\nfine\ta fine day\npoor\ta poor day\n", "a fine day", "fine", Columns{}},
		"the caller's columns": {"Category\tText\tNote\nd\tstring\tstring\nclass\tinclude=True\tmeta\n" +
			"fine\ta fine day\tfirst note\npoor\ta poor day\tsecond note\n", "first note", "fine", Columns{Text: "Note"}},
		"no header of Orange": {"label\ttext\nd\tstring theory\nc\tclass\n", "string theory", "d", Columns{}},
	} {
		d, err := Opener{Columns: c.columns}.Open(t.Context(), writeFile(t, filepath.Join(t.TempDir(), "toy.tab"), c.table))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(d.Train) != 2 || d.Train[0].Text != c.wantText || d.Labels[d.Train[0].Label] != c.wantLabel {
			t.Errorf("%s: %+v, classes %q", name, d.Train, d.Labels)
		}
		said := slices.ContainsFunc(d.Notes, func(note string) bool { return strings.Contains(note, "Orange") })
		if said != (name != "no header of Orange") {
			t.Errorf("%s: notes %q", name, d.Notes)
		}
	}
}
