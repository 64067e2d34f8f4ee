package records

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/nearest"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// finder chooses the columns of one table.
type finder struct {
	columns []Column
	want    Columns
	sink    Sink
	// byContent: the columns have no names, because the file has no header line.
	byContent bool
	s         *Selection
	// said are the parts of a note on the columns that were found by other names than those of
	// the fields.
	said []string
}

// Select returns the columns to read: those that the caller named, and else those that
// are obvious. It writes notes about columns that were found and that are not used.
func Select(columns []Column, byContent bool, sink Sink) (*Selection, error) {
	f := finder{columns: columns, want: sink.Columns, sink: sink, byContent: byContent,
		s: &Selection{pair: -1, id: -1, split: -1, rating: -1}}
	for _, c := range columns {
		f.s.Names = append(f.s.Names, c.Name)
	}
	for _, find := range []func() error{f.findText, f.findPair, f.findLabel, f.findOthers} {
		if err := find(); err != nil {
			sink.describe(columns, f.s)
			return nil, err
		}
	}
	sink.describe(columns, f.s)
	if len(f.said) > 0 {
		sink.Note("columns: " + strings.Join(f.said, ", "))
	}
	f.mentionUnused()
	return f.s, nil
}

// exact returns the index of the column with this very name, -1 for none.
func (f *finder) exact(name string) (int, error) {
	at := slices.Index(f.s.Names, name)
	if at >= 0 && slices.Contains(f.s.Names[at+1:], name) {
		return -1, fmt.Errorf("there are two columns %q: the name occurs twice, expected one", name)
	}
	return at, nil
}

// named returns the columns of a field of Columns: one name, or several with commas between.
func (f *finder) named(field, parameter, names string, several bool) ([]int, error) {
	at, err := f.exact(names)
	if err != nil || at >= 0 {
		return []int{at}, err
	}
	parts := []string{names}
	if several {
		parts = strings.Split(names, ",")
	}
	var found []int
	for _, name := range parts {
		name = strings.TrimSpace(name)
		at, err := f.exact(name)
		if err != nil {
			return nil, err
		}
		if at < 0 {
			return nil, fmt.Errorf("the field Columns.%s (in a notebook -p %s=...) is %q, and there is no such column%s; the columns are\n%s",
				field, parameter, name, nearest.Hint(name, f.s.Names), listColumns(f.columns))
		}
		if slices.Contains(found, at) {
			return nil, fmt.Errorf("the field Columns.%s names column %q twice", field, name)
		}
		found = append(found, at)
	}
	return found, nil
}

// ranked returns the columns of the first rank of which one occurs. The names "text" and
// "label" as they are written precede those in another case.
func (f *finder) ranked(ranks [][]string, accept func(Column) bool) []int {
	for _, rank := range ranks {
		var found []int
		for i, c := range f.columns {
			if c.Name == rank[0] && len(rank) == 1 {
				return []int{i}
			}
			if slices.Contains(rank, columnKey(c.Name)) && accept(c) {
				found = append(found, i)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// bySuffix returns the columns whose last word is one of a name of the first two ranks, such
// as airline_sentiment.
func (f *finder) bySuffix(ranks [][]string, accept func(Column) bool) (found []int) {
	for i, c := range f.columns {
		parts := halves.Words(c.Name)
		if len(parts) > 1 && slices.Contains(slices.Concat(ranks[:2]...), parts[len(parts)-1]) &&
			!slices.Contains(labelText, columnKey(c.Name)) && accept(c) {
			found = append(found, i)
		}
	}
	return found
}

func (f *finder) key(key string) int {
	return slices.IndexFunc(f.columns, func(c Column) bool { return columnKey(c.Name) == key })
}

func (f *finder) say(role string, columns ...int) {
	f.said = append(f.said, QuotedList(f.s.namesOf(columns))+" is the "+role)
}

// mayBeText reports whether a column may contain texts, and the caller names it for nothing else.
func (f *finder) mayBeText(c Column) bool {
	other := Columns{Label: f.want.Label, ID: f.want.ID, Split: f.want.Split}
	return holdsText(c) && !other.Names(c.Name)
}

func (f *finder) findText() error {
	if f.sink.Task == TokenClassification {
		return f.findWords()
	}
	if f.want.Text != "" {
		found, err := f.named("Text", "text", f.want.Text, true)
		f.s.text = found
		if err != nil {
			return err
		}
		return f.textKinds(found)
	}
	if f.byContent {
		found, err := f.textByContent()
		f.s.text = []int{found}
		return err
	}
	if at, err := f.exact("text"); err != nil {
		return err
	} else if at >= 0 {
		f.s.text = []int{at}
		return f.textKinds(f.s.text)
	}
	found := f.ranked(textNames[:1], f.mayBeText)
	if len(found) == 0 {
		pair, err := f.foundPair()
		if err != nil {
			return err
		}
		if pair != nil {
			f.s.text, f.s.pair = pair[:1], pair[1]
			f.said = append(f.said, fmt.Sprintf("%s are a pair of texts", QuotedList(f.s.namesOf(pair))))
			return nil
		}
		if joined := f.titleAndBody(); joined != nil {
			f.s.text = joined
			f.said = append(f.said, fmt.Sprintf("%s, joined by a line break, are the text", QuotedList(f.s.namesOf(joined))))
			return nil
		}
		found = f.ranked(textNames[1:], f.mayBeText)
	}
	if len(found) == 0 {
		found = f.bySuffix(textNames, f.mayBeText)
	}
	if words := f.ranked(wordNames, holdsLists); len(found) == 0 && len(words) == 1 && f.sink.JoinWords {
		f.s.text, f.s.words = words, true
		f.said = append(f.said, fmt.Sprintf("the words of %s, joined by blanks, are the text", QuotedList(f.s.namesOf(words))))
		return nil
	}
	if words := f.rowWords(); len(found) == 0 && len(words) == 1 && f.sink.JoinWords {
		if sentence, err := f.sentenceColumns(words[0]); err == nil && len(sentence) > 0 {
			return f.findRows(words)
		}
	}
	if len(found) != 1 {
		return f.notObvious("Text", "text", "the text", found)
	}
	f.s.text = found
	f.say("text", found...)
	return f.textKinds(found)
}

func (f *finder) textKinds(columns []int) error {
	for _, at := range columns {
		if _, err := textRole("text").fits(f.columns[at], f.sink); err != nil {
			return err
		}
	}
	return nil
}

// foundPair returns the columns of the only pair of texts.
func (f *finder) foundPair() ([]int, error) {
	var found [][]int
	for _, names := range pairNames {
		first, second := f.key(names[0]), f.key(names[1])
		if first >= 0 && second >= 0 && f.mayBeText(f.columns[first]) && f.mayBeText(f.columns[second]) {
			found = append(found, []int{first, second})
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, f.notObvious("Text", "text", "the pair of texts", slices.Concat(found...))
}

func (f *finder) titleAndBody() []int {
	for _, title := range titleNames {
		for _, body := range bodyNames {
			a, b := f.key(title), f.key(body)
			if a >= 0 && b >= 0 && f.mayBeText(f.columns[a]) && f.mayBeText(f.columns[b]) {
				return []int{a, b}
			}
		}
	}
	return nil
}

func (f *finder) findPair() error {
	switch {
	case f.want.TextPair == NoColumn:
		f.s.pair = -1
		return nil
	case f.want.TextPair != "":
		found, err := f.named("TextPair", "textPair", f.want.TextPair, false)
		if err != nil {
			return err
		}
		f.s.pair = found[0]
		if slices.Contains(f.s.text, f.s.pair) {
			return fmt.Errorf("Columns.Text and Columns.TextPair both name column %q: expected two columns", f.want.TextPair)
		}
		_, err = textRole("text_pair").fits(f.columns[f.s.pair], f.sink)
		return err
	case f.s.words || f.s.rows || f.s.pair >= 0 || f.want.Text != "" || f.byContent:
		return nil
	}
	if at := f.key("textpair"); at >= 0 && f.mayBeText(f.columns[at]) {
		f.s.pair = at
		f.say("second text of each pair", at)
	}
	return nil
}

func (f *finder) findLabel() error {
	if f.want.Label != "" {
		return f.namedLabel()
	}
	switch {
	case (f.s.words || f.s.rows) && f.sink.Task != TokenClassification:
		return nil
	case f.s.words:
		return f.findTags()
	case f.s.rows:
		return f.findRowTags()
	}
	if f.byContent {
		return f.labelByContent()
	}
	at, err := f.exact("label")
	if err != nil {
		return err
	}
	if at >= 0 && !slices.Contains(f.s.text, at) {
		return f.setLabel(at)
	}
	accept := func(c Column) bool {
		if columnKey(c.Name) == scoresName {
			return holdsObjects(c)
		}
		return f.holdsLabels(c) && !f.isGenreOfPairs(c)
	}
	found := f.ranked(labelNames, accept)
	if len(found) == 0 {
		found = f.bySuffix(labelNames, accept)
	}
	if len(found) == 0 && f.sink.Task == multiLabel {
		if found = f.indicatorColumns(); len(found) > 1 {
			f.said = append(f.said, fmt.Sprintf("%s, which contain only 0 and 1, are the classes", QuotedList(f.s.namesOf(found))))
			return f.setLabels(found)
		}
		if len(found) == 1 && f.sink.OneClass {
			f.said = append(f.said, fmt.Sprintf("%s, which contains only 0 and 1, is the class", QuotedList(f.s.namesOf(found))))
			return f.setLabels(found)
		}
		found = nil
	}
	switch {
	case len(found) == 1:
		f.say("label", found[0])
		return f.setLabel(found[0])
	case f.sink.Unlabelled, len(found) == 0 && f.someUnsupervised():
		return nil
	}
	return f.notObvious("Label", "label", "the label", found)
}

// holdsObjects reports whether the values of a column are objects.
func holdsObjects(c Column) bool {
	return c.Kind == UntypedColumn && slices.ContainsFunc(c.Samples, func(v Value) bool { return v.Kind == ObjectKind })
}

// isGenreOfPairs reports whether a column is the genre of pairs of texts that have another label, as in MNLI and
// STS-B.
func (f *finder) isGenreOfPairs(c Column) bool {
	isGenre := func(c Column) bool { return slices.Contains([]string{"genre", "genres"}, columnKey(c.Name)) }
	return f.s.pair >= 0 && isGenre(c) && slices.ContainsFunc(f.columns, func(other Column) bool {
		return !isGenre(other) && slices.Contains(slices.Concat(labelNames...), columnKey(other.Name))
	})
}

// someUnsupervised reports whether the split of a record says that it needs no label.
func (f *finder) someUnsupervised() bool {
	at := slices.Index(f.s.Names, splitNamed[0])
	return at >= 0 && slices.ContainsFunc(f.columns[at].Samples, func(v Value) bool { return v.Text == halves.Unsupervised })
}

func (f *finder) namedLabel() error {
	found, err := f.named("Label", "label", f.want.Label, true)
	switch {
	case err != nil && f.sink.Unlabelled:
		return nil
	case err != nil:
		return err
	case len(found) == 1:
		return f.setLabel(found[0])
	case f.sink.Task != multiLabel:
		return fmt.Errorf("Columns.Label names %d columns, %s, and the task is %s: several columns of 0 and 1 are the classes of the task %s",
			len(found), QuotedList(f.s.namesOf(found)), orSingle(f.sink.Task), multiLabel)
	}
	return f.setLabels(found)
}

func orSingle(t Task) Task {
	if t == "" {
		return singleLabel
	}
	return t
}

func (f *finder) setLabel(at int) error {
	if slices.Contains(f.s.text, at) || at == f.s.pair {
		return fmt.Errorf("column %q is both text and label: expected two columns", f.s.Names[at])
	}
	if slices.Contains(f.s.sentence, at) {
		return fmt.Errorf("column %q is both the number of the sentence and the label: expected two columns", f.s.Names[at])
	}
	use := labelRole(f.sink.Task, f.sink.TextsOnly)
	if f.s.rows {
		use = tagRole
	}
	ok, err := use.fits(f.columns[at], f.sink)
	if ok {
		f.s.label = []int{at}
		f.sink.Label(f.s.Names[at])
		if classes := f.columns[at].Classes; classes != nil && f.sink.Task != regression {
			return f.sink.Names(classes)
		}
	}
	return err
}

func (f *finder) setLabels(columns []int) error {
	for _, at := range columns {
		if slices.Contains(f.s.text, at) || at == f.s.pair {
			return fmt.Errorf("column %q is both text and label: expected two columns", f.s.Names[at])
		}
	}
	f.s.label, f.s.labelNames = columns, f.s.namesOf(columns)
	return f.sink.Names(f.s.labelNames)
}
