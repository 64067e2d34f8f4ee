package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table is a file of records.
type table struct {
	path string
	half string // train, test or unsupervised; "": the split of each record, or train without one
	// class is the class of all texts of a file without labels, and id the beginning of their
	// ids.
	class, id string
	// format is set for such a file; otherwise it is found.
	format fileFormat
}

// record is a line of a JSON Lines or CSV file, or a row of a Parquet file.
type record struct {
	line   int
	text   string
	label  value  // the index of a class or its name
	id     string // "": none
	rating float64
	split  string // "": none
}

// recordSink receives the records of a file from the reader of its format.
type recordSink struct {
	each func(record) error
	// names receives the names of the classes, if the file declares them.
	names func([]string) error
	// warn receives a finding about the file, one sentence without the path.
	warn func(string)
	// unlabelled reports whether records may lack labels.
	unlabelled bool
	// textsOnly reports whether any value is accepted as a label.
	textsOnly bool
}

// openTables reads all files into one data set. names are the classes, if the caller knows
// them; warnings are the first warnings of the data set.
func (o Opener) openTables(ctx context.Context, name string, names, warnings []string, tables ...table) (*Dataset, error) {
	b := tableBuilder{opener: o, names: names, warnings: warnings}
	var total int64
	for _, t := range tables {
		info, err := os.Stat(t.path)
		if err != nil {
			return nil, err
		}
		total += info.Size()
	}
	progress := o.newMeter(ctx, total)
	for _, t := range tables {
		if err := b.read(t, progress); err != nil {
			return nil, err
		}
	}
	return b.dataset(name)
}

// tableBuilder collects records, because labels are resolved for all together.
type tableBuilder struct {
	opener Opener
	names  []string
	rows   []*tableRow
	// lines counts the lines of the files read so far, by half.
	lines map[string]int
	// empty are the files without records.
	empty    []string
	warnings []string
	// first is the first record, skipped or not.
	first *record
	// passedOver counts the records that are skipped because of their half.
	passedOver int
	// trimmed are the rows whose labels had white space around them.
	trimmed []*tableRow
}

type tableRow struct {
	record
	path string
	half string
	code int // the label's index
	// number is the line, counted over all files of the half.
	number int
}

func (r *tableRow) fault(err error) error { return &LineError{r.path, r.line, err} }

func (b *tableBuilder) read(t table, progress *meter) error {
	in, err := b.opener.openInput(t, progress)
	if err != nil {
		return err
	}
	defer in.close()
	before, done, last := len(b.rows)+b.passedOver, progress.done, 0
	err = readers[in.format](in, recordSink{
		each: func(r record) error {
			if err := progress.ctx.Err(); err != nil {
				return err
			}
			last = r.line
			return b.add(t, r)
		},
		names: func(names []string) error {
			if b.names != nil && !slices.Equal(b.names, names) {
				return fmt.Errorf("%s declares the classes %q: expected %q, as in the file before", t.path, names, b.names)
			}
			b.names = names
			return nil
		},
		warn:       func(finding string) { b.warnings = append(b.warnings, t.path+": "+finding) },
		unlabelled: t.half == unsupervised || b.opener.textsOnly,
		textsOnly:  b.opener.textsOnly,
	})
	err = in.fault(err)
	if bad := (*LineError)(nil); errors.As(err, &bad) {
		bad.Path = t.path
		return err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	if b.lines == nil {
		b.lines = map[string]int{}
	}
	b.lines[t.half] += last
	if len(b.rows)+b.passedOver == before {
		b.empty = append(b.empty, t.path)
	}
	if info, err := in.file.Stat(); err == nil {
		progress.add(done + info.Size() - progress.done) // Parquet is not read as a stream
	}
	return nil
}

func (b *tableBuilder) add(t table, r record) error {
	row := &tableRow{record: r, path: t.path, half: t.half}
	fault := func(err error) error { return &LineError{t.path, r.line, err} }
	// prepare checks the text.
	for _, field := range []struct{ name, text string }{{"label", r.label.text}, {"id", r.id}, {"split", r.split}} {
		if !utf8.ValidString(field.text) {
			return fault(fmt.Errorf("%s %.80q: %w: convert the file to UTF-8", field.name, field.text, ErrNotUTF8))
		}
	}
	if err := row.setHalf(); err != nil {
		return fault(err)
	}
	// A split in only some of a file's records is a mistake.
	if b.first == nil {
		b.first = &r
	}
	if t.half == "" && (b.first.split == "") != (r.split == "") {
		return fault(fmt.Errorf("split is %q, and %[3]q at line %[2]d: give a split to every record or to none",
			r.split, b.first.line, b.first.split))
	}
	if b.opener.textsOnly && row.half == train && r.label.text == "" {
		row.half = unsupervised
	}
	if row.half == unsupervised && !b.opener.Unlabelled || row.half == test && b.opener.textsOnly {
		b.passedOver++
		return nil
	}
	text, err := b.opener.prepare(r.text)
	if err != nil {
		return fault(err)
	}
	row.text = text
	if b.opener.textsOnly {
		row.code = noLabel
	} else if err := row.checkLabel(); err != nil {
		return fault(err)
	}
	if row.label.text != "" && row.label.text != r.label.text {
		b.trimmed = append(b.trimmed, row)
	}
	if r.rating < 0 || r.rating > 10 {
		return fault(fmt.Errorf("rating %v is out of range: expected 1 to 10, or 0 if unknown; no result depends on it: rename the field or leave it out", r.rating))
	}
	row.number = b.lines[t.half] + r.line
	b.rows = append(b.rows, row)
	return nil
}

// setHalf sets the half from the file's name and the record's split.
func (r *tableRow) setHalf() error {
	switch {
	case r.split == "" && r.half == "":
		r.half = train
	case r.split == "":
	case r.split != train && r.split != test && r.split != unsupervised:
		return fmt.Errorf("split %q: expected %q, %q or %q%s", r.split, train, test, unsupervised, splitHint(r.split))
	case r.half == "":
		r.half = r.split
	case r.half != r.split:
		return fmt.Errorf("split is %q in the file of the %s half: expected the same, or none", r.split, r.half)
	}
	return nil
}

// splitHint returns advice for a split that is not read.
func splitHint(split string) string {
	lower := strings.ToLower(split)
	switch {
	case slices.Contains(validationNames, lower):
		return "; validation examples are held out of the training half: leave these records out, or change their split"
	case slices.Contains(splitNames, lower):
		return ", in small letters"
	}
	return ""
}

// checkLabel requires a label, except in unsupervised records.
func (r *tableRow) checkLabel() error {
	r.code = noLabel
	label := strings.TrimSpace(r.label.text)
	switch {
	case r.half == unsupervised && label != "" && label != strconv.Itoa(noLabel):
		return &LabelError{label, fmt.Sprintf("expected none, or -1, as the split is %q", unsupervised)}
	case r.half == unsupervised:
	case r.label.text == "":
		return errors.New(`"label" is missing: expected an integer or a name`)
	case label == "":
		return errors.New("label is empty: expected an integer or a name")
	}
	r.label.text = label
	return nil
}

func (b *tableBuilder) dataset(name string) (*Dataset, error) {
	if len(b.rows)+b.passedOver == 0 && len(b.empty) > 0 {
		return nil, fmt.Errorf("%s holds no review: expected at least one record", strings.Join(b.empty, ", "))
	}
	for _, path := range b.empty {
		b.warnings = append(b.warnings, path+" holds no review")
	}
	labelled := slices.DeleteFunc(slices.Clone(b.rows), func(row *tableRow) bool { return row.half == unsupervised })
	if len(b.rows) == 0 && b.passedOver > 0 && !b.opener.Unlabelled {
		return nil, onlyUnlabelledError(fmt.Sprintf("data set %q", name))
	}
	hasTrain := slices.ContainsFunc(labelled, func(row *tableRow) bool { return row.half == train })
	if !hasTrain && (len(labelled) > 0 || len(b.rows) == 0) {
		return nil, fmt.Errorf("data set %q has no training review: expected records with the split %q", name, train)
	}
	if b.opener.textsOnly {
		return b.gather(&Dataset{Name: name, Warnings: b.warnings}), nil
	}
	if err := uniqueIDs(b.rows); err != nil {
		return nil, err
	}
	d := &Dataset{Name: name, Labels: slices.Clone(b.names), Warnings: b.warnings}
	if len(labelled) > 0 {
		var err error
		if d.Labels, err = resolveLabels(b.names, labelled); err != nil {
			return nil, err
		}
		d.Warnings = append(d.Warnings, b.labelWarnings(d.Labels)...)
	}
	return b.gather(d), nil
}

// gather adds the rows to the halves of d.
func (b *tableBuilder) gather(d *Dataset) *Dataset {
	halves := map[string]*[]Example{train: &d.Train, test: &d.Test, unsupervised: &d.Unlabelled}
	for _, row := range b.rows {
		half := halves[row.half]
		*half = append(*half, Example{ID: row.id, Text: row.text, Label: row.code, Rating: row.rating})
	}
	return d
}
