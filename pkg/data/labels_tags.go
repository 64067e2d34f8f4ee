package data

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
	"github.com/lorabook/lorabook/pkg/entities"
)

// checkTags requires a tag for each word.
func (r *tableRow) checkTags() error {
	switch {
	case len(r.Words) == 0:
		return fmt.Errorf("the sentence has no words")
	case r.Label.Kind != records.ListKind:
		return fmt.Errorf("the tags are %s: expected a list with one for each word", r.Label.Sample())
	case len(r.Label.List) != len(r.Words):
		return fmt.Errorf("%d tags for %d words: expected one for each word", len(r.Label.List), len(r.Words))
	}
	for i, tag := range r.Label.List {
		if tag.Kind != records.StringKind && tag.Kind != records.NumberKind || tag.Text == "" {
			return fmt.Errorf("tag %d is %s: expected a name such as \"B-PER\", or an index of the declared names", i, tag.Sample())
		}
	}
	return nil
}

// resolveTags resolves the tags of TokenClassification and returns their names: the declared ones,
// or else those that occur, in alphabetical order. A note states the scheme.
func (b *tableBuilder) resolveTags(rows []*tableRow) ([]string, error) {
	names := slices.Clone(b.names)
	if names == nil {
		found := map[string]bool{}
		for _, row := range rows {
			for _, tag := range row.Label.List {
				if tag.Kind == records.NumberKind || records.IsInteger(tag.Text) {
					return nil, row.fault(fmt.Errorf("the tag %s is a number, and the file declares no names: expected names such as \"B-PER\" and \"O\"; write them in place of the numbers, or open the data set of the hub with the names of its features", tag.Text))
				}
				if _, err := entities.Parse(tag.Text); err != nil {
					return nil, row.fault(err)
				}
				found[tag.Text] = true
			}
		}
		names = slices.Sorted(maps.Keys(found))
	}
	if err := entities.Check(names); err != nil {
		return nil, fmt.Errorf("%w; if another column has the tags of entities, set Columns.Label (in a notebook -p label=NAME)", err)
	}
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}
	inTraining := make([]bool, len(names))
	sentences := make([][]string, len(rows))
	for n, row := range rows {
		for _, tag := range row.Label.List {
			code, ok := index[tag.Text]
			if tag.Kind == records.NumberKind {
				code, ok = indexOf(tag.Text, len(names))
			}
			if !ok {
				return nil, row.fault(&LabelError{tag.Text, fmt.Sprintf("expected one of the declared tags %q, or an index from 0 to %d", names, len(names)-1)})
			}
			row.codes = append(row.codes, code)
			sentences[n] = append(sentences[n], names[code])
			inTraining[code] = inTraining[code] || row.half == halves.Train
		}
	}
	scheme, irregular, err := entities.Find(sentences)
	if err != nil {
		return nil, err
	}
	b.notes = append(b.notes, fmt.Sprintf("tags: the scheme is %s, the entities are %s", scheme, fewNames(typesOf(names))))
	if irregular > 0 {
		b.warnings = append(b.warnings, fmt.Sprintf("%d entities do not begin or end as the scheme %s has it: they count by the rules of seqeval's default mode", irregular, scheme))
	}
	if b.opener.Evaluation {
		return names, nil
	}
	var none []string
	for i, seen := range inTraining {
		if !seen {
			none = append(none, names[i])
		}
	}
	if none != nil {
		b.warnings = append(b.warnings, fmt.Sprintf("no training word has one of the tags %s: the model cannot learn them", fewNames(none)))
	}
	return names, nil
}

// indexOf reads an index below n.
func indexOf(text string, n int) (int, bool) {
	whole, ok := records.WholeNumber(text)
	if !ok {
		return 0, false
	}
	var code int
	if _, err := fmt.Sscan(whole, &code); err != nil || code < 0 || code >= n {
		return 0, false
	}
	return code, true
}

// typesOf returns the types of entities in the names of tags.
func typesOf(names []string) (types []string) {
	for _, name := range names {
		if tag, err := entities.Parse(name); err == nil && tag.Prefix != 'O' && !slices.Contains(types, tag.Type) {
			types = append(types, tag.Type)
		}
	}
	slices.Sort(types)
	return types
}

// validateTags is Validate for TokenClassification.
func (d *Dataset) validateTags(e Example) error {
	if len(e.Words) == 0 || len(e.Words) != len(e.Tags) {
		return fmt.Errorf("%d tags for %d words: expected at least one word, and a tag for each", len(e.Tags), len(e.Words))
	}
	for i, tag := range e.Tags {
		if tag < 0 || tag >= len(d.Labels) {
			return fmt.Errorf("the tag of word %d is %d: expected 0 to %d", i, tag, len(d.Labels)-1)
		}
	}
	return nil
}
