package records

import (
	"fmt"
	"slices"
)

// findOthers finds the columns that are optional.
func (f *finder) findOthers() error {
	optional := func(field, parameter, name string, keys []string, use role, at *int) error {
		if name == NoColumn {
			return nil
		}
		found := -1
		if name != "" {
			list, err := f.named(field, parameter, name, false)
			if err != nil {
				return err
			}
			found = list[0]
		} else if !f.byContent {
			var err error
			if found, err = f.exact(keys[0]); err != nil {
				return err
			}
			for _, key := range keys {
				if found < 0 && field != "" {
					found = f.key(key)
				}
			}
		}
		if found < 0 || slices.Contains(f.s.Used(), found) {
			return nil
		}
		ok, err := use.fits(f.columns[found], f.sink)
		if ok {
			*at = found
		}
		return err
	}
	if !f.s.rows { // whose sentences have ids
		if err := optional("ID", "id", f.want.ID, idNames, idRole, &f.s.id); err != nil {
			return err
		}
	}
	splits := slices.Clone(splitNamed)
	for _, key := range splitLike {
		if at := f.key(key); at >= 0 && holdsSplits(f.columns[at]) {
			splits = append(splits, key)
		}
	}
	if err := optional("Split", "split", f.want.Split, splits, splitRole, &f.s.split); err != nil {
		return err
	}
	for _, found := range []struct {
		at         int
		name, want string
	}{{f.s.id, "id", f.want.ID}, {f.s.split, "split", f.want.Split}} {
		if found.at >= 0 && found.want == "" && f.s.Names[found.at] != found.name {
			f.say(found.name, found.at)
		}
	}
	if f.s.rows {
		return nil
	}
	return optional("", "", "", []string{"rating"}, ratingRole, &f.s.rating)
}

// mentionUnused names the columns that are not used: in a warning those that may change the
// meaning of a text or a label.
func (f *finder) mentionUnused() {
	used := f.s.Used()
	var others []int
	for i, c := range f.columns {
		key := columnKey(c.Name)
		switch {
		case slices.Contains(used, i):
		case f.sink.TextsOnly:
			return
		case f.s.pair < 0 && f.want.TextPair != NoColumn && f.isSecondText(key) && holdsText(c):
			f.sink.Warn(fmt.Sprintf("column %q looks like the second text of a pair and is not used: set Columns.TextPair (in a notebook -p textPair=%s), or %q to read single texts",
				c.Name, shellName(c.Name), NoColumn))
		case f.want.Label == "" && len(f.s.label) == 1 && f.isSecondLabel(key):
			f.sink.Warn(fmt.Sprintf("column %q looks like another label and is not used: the label is column %q; set Columns.Label (in a notebook -p label=%s) to choose",
				c.Name, f.s.Names[f.s.label[0]], shellName(c.Name)))
		case key == "answer" && f.want.Label == "" && len(f.s.label) > 0 && notAccepted(c) > 0:
			f.sink.Warn(fmt.Sprintf("column %q says that the label of %d of the first %d records was not accepted, as Prodigy writes it, and is not used: leave these records out, "+
				"or take the answer for the label (in a notebook -p label=%s)", c.Name, notAccepted(c), len(c.Samples), shellName(c.Name)))
		default:
			others = append(others, i)
		}
	}
	switch len(others) {
	case 0:
	case 1:
		f.sink.Note(fmt.Sprintf("column %s is not used", QuotedList(f.s.namesOf(others))))
	default:
		f.sink.Note(fmt.Sprintf("columns %s are not used", QuotedList(f.s.namesOf(others))))
	}
}

// notAccepted counts the decisions against a label in a column of Prodigy's decisions, accept, reject and ignore.
func notAccepted(c Column) (n int) {
	for _, v := range c.Samples {
		switch v.Text {
		case "accept":
		case "reject", "ignore":
			n++
		default:
			return 0
		}
	}
	return n
}

// isSecondText reports whether a name is that of the second text of a pair whose first text is
// the text.
func (f *finder) isSecondText(key string) bool {
	if slices.Contains(pairSecond, key) {
		return true
	}
	return len(f.s.text) == 1 && slices.ContainsFunc(pairNames, func(pair [2]string) bool {
		return pair[1] == key && pair[0] == columnKey(f.s.Names[f.s.text[0]])
	})
}

func (f *finder) isSecondLabel(key string) bool {
	return slices.Contains(slices.Concat(labelNames[0], labelNames[1], labelText), key)
}
