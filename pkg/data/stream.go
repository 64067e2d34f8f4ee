package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// Row is a record of [Opener.Each].
type Row struct {
	// Number is the number of the record in its source, from 1, over all files in their order.
	// Records that cannot be used are counted.
	Number int
	// Example has the text, the second text of a pair or the words, and the record's id, which is ""
	// where the record has none. It has no answer.
	Example Example
	// Bad is the reason, a *LineError, if the record cannot be used; Example has then at most the id.
	Bad error
}

// Each calls each with every record of the data set spec, in the order of the files and their
// records, and holds only a few of them in memory: for texts that are to be classified. spec is that of
// [Opener.Open], and need not have a training half; the records of all halves are read. Labels and splits
// are not: a record may have any or none. An id may occur several times.
//
// For TokenClassification a record has a list of words, which may be joined of rows with one word each;
// a file of neither is read as texts. Of
// the options, Columns.Label, Columns.Split, LabelSeparator, Unlabelled, Evaluation and BadRows have no effect:
// records that cannot be used have the reason in Bad. Reading stops with the first error of each,
// which is returned. The results are the notes and warnings of [Dataset].
func (o Opener) Each(ctx context.Context, spec string, each func(Row) error) (notes, warnings []string, err error) {
	o.Unlabelled, o.Evaluation, o.textsOnly = true, true, true
	o.Columns.Label, o.Columns.Split = NoColumn, NoColumn
	number := 0
	var stopped error // the error of each
	o.each = func(e Example, bad error) error {
		number++
		stopped = each(Row{Number: number, Example: e, Bad: bad})
		return stopped
	}
	if spec == Sample { // it is embedded, and small
		o.Unlabelled, o.textsOnly, o.Task, o.Columns = false, false, "", Columns{}
	}
	d, err := o.Open(ctx, spec)
	if stopped != nil { // Open returns the error of a ctx that has ended as well
		return nil, nil, stopped
	}
	if err != nil {
		return nil, nil, err
	}
	// IMDB's archive and the embedded reviews are no tables, and have been read as a whole.
	for _, e := range slices.Concat(d.Train, d.Validation, d.Test, d.Unlabelled) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := o.each(Example{ID: e.ID, Text: e.Text, TextPair: e.TextPair, Label: noLabel}, nil); err != nil {
			return nil, nil, err
		}
	}
	return d.Notes, d.Warnings, nil
}

// streamTables passes the records of all files to o.each. The data set has only notes and warnings.
func (o Opener) streamTables(ctx context.Context, name string, warnings []string, tables []formats.Table) (*Dataset, error) {
	b := tableBuilder{opener: o, warnings: warnings}
	total := int64(0)
	for _, t := range tables {
		if info, err := os.Stat(t.Path); err == nil {
			total += info.Size()
		}
	}
	progress := decode.NewMeter(ctx, total, o.Progress)
	for _, t := range tables {
		n, err := b.stream(t, progress)
		if n == 0 && errors.Is(err, records.ErrNoLists) { // texts, whose words are not given
			plain := b
			plain.opener.Task = ""
			n, err = plain.stream(t, progress)
			b.notes, b.warnings = plain.notes, plain.warnings
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			b.warnings = append(b.warnings, t.Path+" holds no text")
		}
	}
	return &Dataset{Name: name, Notes: b.notes, Warnings: b.warnings}, nil
}

// stream passes the records of one file on, and counts them.
func (b *tableBuilder) stream(t formats.Table, progress *decode.Meter) (n int, err error) {
	in, err := formats.Open(t, b.opener.inputOptions(), progress)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	done := progress.Done
	sink := b.sink(t)
	sink.Names, sink.Label, sink.Unlabelled = func([]string) error { return nil }, func(string) {}, true
	sink.Bad = func(line int, err error) error {
		n++
		return b.opener.each(Example{Label: noLabel}, &LineError{t.Path, line, err})
	}
	var stopped error // by the caller of Each
	sink.Each = func(r records.Record) error {
		if err := progress.Ctx.Err(); err != nil {
			return err
		}
		if stopped = b.checkBorder(t.Path, t.Half, r); stopped != nil {
			return stopped
		}
		n++
		row := &tableRow{Record: r}
		err := b.prepareTexts(row)
		if err == nil && !utf8.ValidString(r.ID) {
			err = fmt.Errorf("id %.80q: %w: convert the file to UTF-8", r.ID, decode.ErrNotUTF8)
		}
		if err != nil {
			stopped = b.opener.each(Example{ID: strings.ToValidUTF8(r.ID, "\uFFFD"), Label: noLabel}, &LineError{t.Path, r.Line, err})
		} else {
			stopped = b.opener.each(Example{ID: r.ID, Text: row.Text, TextPair: row.Pair, Words: r.Words, Label: noLabel}, nil)
		}
		return stopped
	}
	switch err := in.Records(sink); {
	case stopped != nil:
		return n, stopped
	case err != nil:
		return n, withPath(t.Path, err)
	}
	if size, err := in.Size(); err == nil {
		progress.Add(done + size - progress.Done) // Parquet is not read as a stream
	}
	return n, nil
}
