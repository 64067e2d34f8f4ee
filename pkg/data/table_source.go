package data

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
)

// tableSource reads the files of an outline again.
type tableSource struct {
	opener Opener
	names  []string // classes that the caller knows
	tables []formats.Table
	size   int64       // of all files in bytes
	stamps []fileStamp // of the files, before they are read; none unless they are read again

	// answers, idForm and sizes are the results of the first reading.
	answers map[string]*tableRow
	idForm  idForm
	sizes   [len(drawnHalves)]int
}

// fileStamp changes when a file is written, unless a program sets its time back.
type fileStamp struct{ size, modified int64 }

func stampOf(info os.FileInfo) fileStamp { return fileStamp{info.Size(), info.ModTime().UnixNano()} }

func newTableSource(o Opener, names []string, tables []formats.Table) (*tableSource, error) {
	s := &tableSource{opener: o, names: slices.Clone(names), tables: tables}
	s.opener.OnColumns = nil // it has been called
	s.opener.outline = nil
	for _, t := range tables {
		info, err := os.Stat(t.Path)
		if err != nil {
			return nil, err
		}
		s.size += info.Size()
		if o.outline != nil {
			s.stamps = append(s.stamps, stampOf(info))
		}
	}
	return s, nil
}

// changed is the error of a file that has changed since the first reading.
func (s *tableSource) changed(path string) error {
	return fmt.Errorf("%s has changed while it was used: open the data set again", path)
}

// unchanged refuses files that have changed.
func (s *tableSource) unchanged() error {
	for i, t := range s.tables {
		info, err := os.Stat(t.Path)
		if err != nil {
			return err
		}
		if stampOf(info) != s.stamps[i] {
			return s.changed(t.Path)
		}
	}
	return nil
}

// read passes the rows that can be read on, in their order. It stops with the first error of each.
func (s *tableSource) read(ctx context.Context, each func(*tableRow) error) error {
	if err := s.unchanged(); err != nil {
		return err
	}
	var stopped error
	b := tableBuilder{opener: s.opener, names: slices.Clone(s.names), source: s}
	b.each = func(row *tableRow) error {
		stopped = each(row)
		return stopped
	}
	progress := decode.NewMeter(ctx, s.size, s.opener.Progress)
	for _, t := range s.tables {
		err := b.read(t, progress)
		switch {
		case stopped != nil:
			return stopped
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
	}
	return s.unchanged()
}

// each passes the examples on, in their order. half is an index into drawnHalves, and index one in
// the half.
func (s *tableSource) each(ctx context.Context, yield func(half, index int, e Example) error) error {
	var next [len(drawnHalves)]int
	var key []byte
	err := s.read(ctx, func(row *tableRow) error {
		key = row.appendKey(key[:0])
		first, half := s.answers[string(key)], slices.Index(drawnHalves[:], row.half)
		if first != nil && first.dropped {
			return nil
		}
		if first == nil || half < 0 || next[half] == s.sizes[half] {
			return s.changed(row.path)
		}
		row.code, row.codes, row.answer = first.code, first.codes, first.answer
		row.ID = row.uniqueID(s.idForm)
		next[half]++
		return yield(half, next[half]-1, row.example(s.opener.Task))
	})
	if err == nil && next != s.sizes {
		return s.changed(s.tables[0].Path)
	}
	return err
}
