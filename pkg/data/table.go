package data

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// openTables reads all files into one data set. names are the classes, if the caller knows
// them; warnings are the first warnings of the data set.
func (o Opener) openTables(ctx context.Context, name string, names, warnings []string, tables ...formats.Table) (*Dataset, error) {
	if o.each != nil {
		return o.streamTables(ctx, name, warnings, tables)
	}
	source, err := newTableSource(o, names, tables)
	if err != nil {
		return nil, err
	}
	b := tableBuilder{opener: o, names: names, warnings: warnings, source: source}
	progress := decode.NewMeter(ctx, source.size, o.Progress)
	for _, t := range tables {
		if err := b.read(t, progress); err != nil {
			return nil, err
		}
	}
	return b.dataset(ctx, name)
}

// tableBuilder collects records, because labels are resolved for all together.
type tableBuilder struct {
	opener Opener
	names  []string
	rows   []*tableRow
	// ids are the sums of the records' ids, by row; rows at the end may lack one. nil: no record
	// has an id.
	ids []idSum
	// idForm is the form of the ids in the data set.
	idForm idForm
	// source has the files, and table is the index of the one that is read.
	source *tableSource
	table  int
	// before has the number of lines of the half before each file.
	before []int
	// answers and places are set once the rows of an outline share answers: the first row with each
	// answer, and the places of all rows. held is the size of the rows before, in bytes, and starts
	// has the number of rows before each file.
	answers map[string]*tableRow
	places  []rowPlace
	held    int64
	starts  []int
	key     []byte // a buffer
	// each, if not nil, receives the rows instead.
	each func(*tableRow) error
	// sentences has the last sentence of each half that was joined of rows; nil if none was.
	sentences map[string]lastSentence
	// lines counts the lines of the files read so far, by half.
	lines map[string]int
	// empty are the files without records.
	empty    []string
	warnings []string
	notes    []string
	said     map[string]bool // findings
	bad      badRows
	// labelColumn is the name of the column of the label.
	labelColumn string
	// first is the first record, skipped or not.
	first *records.Record
	// hidden is the number of test examples that are left out, and hiddenAt the place of the first.
	hidden   int
	hiddenAt *LineError
	// passedOver counts the records that are skipped because of their half.
	passedOver int
	// trimmed is the number of rows whose labels had white space around them, and trimmedAt the
	// place of the first, whose label is that of trimmedRow.
	trimmed    int
	trimmedAt  *LineError
	trimmedRow *tableRow
}

type tableRow struct {
	records.Record
	path string
	half string
	code int // the label's index
	// codes are the indices of the labels of MultiLabel, or the tags of TokenClassification, answer
	// the answer of Regression.
	codes  []int
	answer float64
	// number is the line, counted over all files of the half.
	number int
	// dropped reports whether the row cannot be used because of its label.
	dropped bool
	// shared is the answer of the rows of an outline that share this one.
	shared *Answer
	// bytes is the size of their texts.
	bytes int64
}

func (r *tableRow) fault(err error) error { return &LineError{r.path, r.Line, err} }

func (b *tableBuilder) read(t formats.Table, progress *decode.Meter) error {
	in, err := formats.Open(t, b.opener.inputOptions(), progress)
	if err != nil {
		return err
	}
	defer in.Close()
	b.starts = append(b.starts, len(b.rows))
	before, done, last := len(b.rows)+b.passedOver+b.bad.count, progress.Done, 0
	b.before = append(b.before, b.lines[t.Half])
	sink := b.sink(t)
	sink.Each = func(r records.Record) error {
		if err := progress.Ctx.Err(); err != nil {
			return err
		}
		last = r.Line
		return b.add(t, r)
	}
	bad := sink.Bad
	sink.Bad = func(line int, fault error) error {
		last = line
		return bad(line, fault)
	}
	if err := in.Records(sink); err != nil {
		return withPath(t.Path, err)
	}
	if b.lines == nil {
		b.lines = map[string]int{}
	}
	b.lines[t.Half] += last
	b.table++
	if len(b.rows)+b.passedOver+b.bad.count == before {
		b.empty = append(b.empty, t.Path)
	}
	if size, err := in.Size(); err == nil {
		progress.Add(done + size - progress.Done) // Parquet is not read as a stream
	}
	return nil
}

// withPath adds the name of the file to the error of its reader.
func withPath(path string, err error) error {
	if bad := (*LineError)(nil); errors.As(err, &bad) {
		return err // of a record that add refused
	}
	if bad := (*decode.LineError)(nil); errors.As(err, &bad) {
		return &LineError{path, bad.Line, bad.Err}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// add adds a record. An error ends the reading; a record that cannot be used is counted.
func (b *tableBuilder) add(t formats.Table, r records.Record) error {
	row := &tableRow{Record: r, path: t.Path, half: t.Half, code: noLabel}
	fault := func(err error) error { return &LineError{t.Path, r.Line, err} }
	bad := func(err error) error { b.addBad(&LineError{t.Path, r.Line, err}); return nil }
	// prepare checks the text.
	for _, field := range []struct{ name, text string }{{"label", r.Label.Text}, {"id", r.ID}, {"split", r.Split}} {
		if !utf8.ValidString(field.text) {
			return bad(fmt.Errorf("%s %.80q: %w: convert the file to UTF-8", field.name, field.text, decode.ErrNotUTF8))
		}
	}
	if err := row.setHalf(); err != nil {
		return fault(err)
	}
	// A split in only some of a file's records is a mistake.
	if b.first == nil {
		b.first = &r
	}
	if t.Half == "" && (b.first.Split == "") != (r.Split == "") {
		return fault(fmt.Errorf("split is %q, and %[3]q at line %[2]d: give a split to every record or to none",
			r.Split, b.first.Line, b.first.Split))
	}
	if err := b.checkBorder(t.Path, row.half, r); err != nil {
		return err
	}
	if b.opener.textsOnly && row.half == halves.Train && r.Label.None() {
		row.half = halves.Unsupervised
	}
	if row.half == halves.Unsupervised && !b.opener.Unlabelled || (row.half == halves.Test || row.half == halves.Validation) && b.opener.textsOnly {
		b.passedOver++
		return nil
	}
	if err := b.prepareTexts(row); err != nil {
		return bad(err)
	}
	if !b.opener.textsOnly {
		if err := row.checkLabel(b.opener.Task); err != nil {
			return bad(err)
		}
	}
	if row.Label.Text != "" && row.Label.Text != r.Label.Text {
		if b.trimmed++; b.trimmed == 1 {
			b.trimmedAt, b.trimmedRow = &LineError{t.Path, r.Line, nil}, row
		}
	}
	if r.Rating < 0 || r.Rating > 10 {
		return bad(fmt.Errorf("rating %v is out of range: expected 1 to 10, or 0 if unknown; no result depends on it: rename the field or leave it out", r.Rating))
	}
	row.number = b.lines[t.Half] + r.Line
	kept, err := b.keep(row)
	if b.trimmedRow == row {
		b.trimmedRow = kept
	}
	return err
}

func (b *tableBuilder) prepareTexts(row *tableRow) (err error) {
	if row.Words != nil { // a cleaned sentence might have other words
		row.Text, err = decode.Prepare(row.Text, true)
		return err
	}
	if row.Text, err = decode.Prepare(row.Text, b.opener.Raw); err != nil || !row.Paired {
		return err
	}
	if row.Pair, err = decode.Prepare(row.Pair, b.opener.Raw); err != nil {
		return fmt.Errorf("second text of the pair: %w", err)
	}
	return nil
}

// setHalf sets the half from the file's name and the record's split.
func (r *tableRow) setHalf() error {
	half := halves.Of(r.Split)
	switch {
	case r.Split == "" && r.half == "":
		r.half = halves.Train
	case r.Split == "":
	case half == "":
		return fmt.Errorf("split %q: expected %q, %q, %q or %q", r.Split, halves.Train, halves.Validation, halves.Test, halves.Unsupervised)
	case r.half == "":
		r.half = half
	case r.half != half:
		return fmt.Errorf("split is %q in the file of the %s half: expected the same, or none", r.Split, r.half)
	}
	return nil
}

// checkLabel requires a label, except in unsupervised records. An empty string is no class of
// MultiLabel.
func (r *tableRow) checkLabel(task Task) error {
	label := strings.TrimSpace(r.Label.Text)
	switch {
	case r.half == halves.Unsupervised && label != "" && label != strconv.Itoa(noLabel):
		return &LabelError{label, fmt.Sprintf("expected none, or -1, as the split is %q", halves.Unsupervised)}
	case r.half == halves.Unsupervised:
	case r.half == halves.Test && r.hasNoLabel(task): // see dropHiddenTest
	case task == TokenClassification:
		return r.checkTags()
	case task == MultiLabel && r.Label.Kind != records.NullKind:
	case r.Label.None():
		return fmt.Errorf(`"label" is missing: expected %s`, expectedLabel(task))
	case label == "" && r.Label.Kind == records.StringKind:
		return fmt.Errorf("label is empty: expected %s", expectedLabel(task))
	}
	r.Label.Text = label
	return nil
}

func expectedLabel(task Task) string {
	switch task {
	case MultiLabel:
		return "a list of classes, or an empty one"
	case Regression:
		return "a number"
	case TokenClassification:
		return "a list of tags"
	}
	return "an integer or a name"
}

func (b *tableBuilder) dataset(ctx context.Context, name string) (*Dataset, error) {
	if !b.opener.textsOnly {
		b.dropHiddenTest()
	}
	if err := b.checkBad(); err != nil {
		return nil, err
	}
	if len(b.rows)+b.passedOver+b.bad.count == 0 && len(b.empty) > 0 {
		return nil, fmt.Errorf("%s holds no review: expected at least one record", strings.Join(b.empty, ", "))
	}
	for _, path := range b.empty {
		b.warnings = append(b.warnings, path+" holds no review")
	}
	if len(b.rows) == 0 && b.passedOver > 0 && !b.opener.Unlabelled {
		return nil, layout.OnlyUnlabelledError(fmt.Sprintf("data set %q", name))
	}
	labelled := b.labelled()
	hasTrain := slices.ContainsFunc(labelled, isTrain)
	if b.opener.Evaluation {
		if len(labelled) == 0 {
			return nil, b.noLabelled(name)
		}
	} else if !hasTrain && (len(labelled) > 0 || len(b.rows) == 0) {
		if b.bad.count > 0 {
			return nil, fmt.Errorf("data set %q has no training review: %s", name, b.badWarning())
		}
		return nil, fmt.Errorf("data set %q has no training review: expected records with the split %q", name, halves.Train)
	}
	d := &Dataset{Name: name, Task: b.opener.Task, HiddenTest: b.hidden}
	if !b.opener.textsOnly {
		if err := b.uniqueIDs(ctx); err != nil {
			return nil, err
		}
		d.Labels = slices.Clone(b.names)
		if len(labelled) > 0 {
			var err error
			if d.Labels, err = b.resolveLabels(labelled); err != nil {
				return nil, err
			}
			if b.opener.Evaluation && len(b.labelled()) == 0 {
				return nil, b.noLabelled(name)
			}
			if hasTrain && !b.opener.Evaluation && !slices.ContainsFunc(b.rows, isTrain) {
				return nil, fmt.Errorf("data set %q has no training review: all rows of the training half are bad: %s", name, b.badWarning())
			}
			b.warnings = append(b.warnings, b.labelWarnings(d.Labels)...)
		}
	}
	if warning := b.badWarning(); warning != "" {
		b.warnings = append(b.warnings, warning)
	}
	d.Warnings, d.Notes = b.warnings, b.notes
	if b.answers != nil {
		return b.outline(d), nil
	}
	return b.gather(d), nil
}

func isTrain(row *tableRow) bool { return row.half == halves.Train }

func (b *tableBuilder) labelled() []*tableRow {
	return slices.DeleteFunc(slices.Clone(b.rows), func(row *tableRow) bool { return row.half == halves.Unsupervised })
}

// gather adds the rows to the halves of d.
func (b *tableBuilder) gather(d *Dataset) *Dataset {
	sizes := map[string]int{}
	for _, row := range b.rows {
		sizes[row.half]++
	}
	halves := map[string]*[]Example{halves.Train: &d.Train, halves.Validation: &d.Validation, halves.Test: &d.Test, halves.Unsupervised: &d.Unlabelled}
	for half, n := range sizes {
		*halves[half] = make([]Example, 0, n)
	}
	for _, row := range b.rows {
		half := halves[row.half]
		*half = append(*half, row.example(d.Task))
	}
	return d
}

// example returns the example of a row whose label is resolved.
func (r *tableRow) example(task Task) Example {
	e := Example{ID: r.ID, Text: r.Text, TextPair: r.Pair,
		Label: r.code, Labels: r.codes, Value: r.answer, Rating: r.Rating}
	if task == TokenClassification {
		e.Words, e.Tags, e.Labels = r.Words, r.codes, nil
	}
	return e
}
