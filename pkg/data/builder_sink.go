package data

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// sink returns the sink of a file.
func (b *tableBuilder) sink(t table) recordSink {
	o := b.opener
	return recordSink{
		each: func(r record) error { return b.add(t, r) },
		bad:  func(line int, err error) error { b.addBad(&LineError{t.path, line, err}); return nil },
		names: func(names []string) error {
			if b.names != nil && !slices.Equal(b.names, names) {
				return fmt.Errorf("%s declares the classes %q: expected %q, as in the file before", t.path, names, b.names)
			}
			b.names = names
			return nil
		},
		label: func(name string) { b.labelColumn = name },
		warn: func(finding string) {
			if b.isNew(finding) {
				b.warnings = append(b.warnings, t.path+": "+finding)
			}
		},
		note:       func(finding string) { b.note(t, finding) },
		columns:    wantedColumns(o.Columns),
		task:       taskName(o.Task),
		unlabelled: t.half == halves.Unsupervised || t.half == halves.Test || o.textsOnly,
		textsOnly:  o.textsOnly,
	}
}

// note adds a note with the name of its file.
func (b *tableBuilder) note(t table, finding string) {
	if b.isNew(finding) {
		b.notes = append(b.notes, filepath.Base(t.path)+": "+finding)
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
func (o Opener) inputOptions() inputOptions {
	return inputOptions{encoding: o.Encoding, csv: csvOptions{delimiter: o.Delimiter, header: headerLine(o.Header), quotes: quoteRole(o.Quotes)}}
}
