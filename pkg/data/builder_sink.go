package data

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// sink returns the sink of a file.
func (b *tableBuilder) sink(t formats.Table) records.Sink {
	o := b.opener
	return records.Sink{
		Each: func(r records.Record) error { return b.add(t, r) },
		Bad:  func(line int, err error) error { b.addBad(&LineError{t.Path, line, err}); return nil },
		Names: func(names []string) error {
			if b.names != nil && !slices.Equal(b.names, names) {
				return fmt.Errorf("%s declares the classes %q: expected %q, as in the file before", t.Path, names, b.names)
			}
			b.names = names
			return nil
		},
		Label: func(name string) { b.labelColumn = name },
		Warn: func(finding string) {
			if b.isNew(finding) {
				b.warnings = append(b.warnings, t.Path+": "+finding)
			}
		},
		Note:       func(finding string) { b.note(t, finding) },
		OnColumns:  o.onColumns(),
		Columns:    records.Columns(o.Columns),
		Task:       records.Task(o.Task),
		Unlabelled: t.Half == halves.Unsupervised || t.Half == halves.Test && !b.testOnly() || o.textsOnly,
		OneClass:   b.mayBeOneClass(t),
		TextsOnly:  o.textsOnly,
		JoinWords:  o.textsOnly && o.each == nil,
	}
}

// note adds a note with the name of its file.
func (b *tableBuilder) note(t formats.Table, finding string) {
	if b.isNew(finding) {
		b.notes = append(b.notes, filepath.Base(t.Path)+": "+finding)
	}
}

// isNew reports whether a finding occurs for the first time: shards and halves repeat those of
// the first file.
func (b *tableBuilder) isNew(finding string) bool {
	if b.said[finding] {
		return false
	}
	if b.said == nil {
		b.said = map[string]bool{}
	}
	b.said[finding] = true
	return true
}

// inputOptions returns the options of the files.
func (o Opener) inputOptions() formats.Options {
	return formats.Options{Encoding: o.Encoding, CSV: formats.CSV{Delimiter: o.Delimiter, Header: formats.Header(o.Header), Quotes: formats.Quotes(o.Quotes)}}
}
