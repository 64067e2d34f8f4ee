package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// table is a file of records.
type table struct {
	path string
	half string // "": each record's split says it, or else it is train
}

// record is a line of a JSON Lines or CSV file, or a row of a Parquet file.
type record struct {
	line   int
	text   string
	label  string // an integer or a name
	id     string // "": none
	rating int
	split  string // "": none
}

// rows is what a reader of one format gives its records to.
type rows struct {
	each func(record) error
	// names is told the classes' names, if the file declares them.
	names func([]string) error
}

// readers are the known formats by the file name's ending. A fault in a record
// is a LineError without a path.
var readers = map[string]func(file *os.File, r io.Reader, to rows) error{
	".jsonl":  func(_ *os.File, r io.Reader, to rows) error { return readJSONL(r, to) },
	".ndjson": func(_ *os.File, r io.Reader, to rows) error { return readJSONL(r, to) },
	".csv":    func(_ *os.File, r io.Reader, to rows) error { return readCSV(r, to) },
	".parquet": func(file *os.File, _ io.Reader, to rows) error {
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return readParquet(file, info.Size(), to)
	},
}

func isTable(path string) bool { return readers[strings.ToLower(filepath.Ext(path))] != nil }

// tablesIn finds the train and the test file of a folder.
func tablesIn(dir string) ([]table, error) {
	var tables []table
	for _, half := range []string{train, test} {
		var found []string
		for _, ending := range slices.Sorted(maps.Keys(readers)) {
			path := filepath.Join(dir, half+ending)
			if _, err := os.Stat(path); err == nil {
				found = append(found, path)
			}
		}
		switch {
		case len(found) == 1:
			tables = append(tables, table{found[0], half})
		case len(found) > 1:
			return nil, fmt.Errorf("%s holds %q: want one file for each half", dir, found)
		case half == train:
			return nil, fmt.Errorf("%s holds neither train.jsonl, train.csv or train.parquet nor IMDB's train and test: %s", dir, specHelp)
		}
	}
	return tables, nil
}

// openTables reads all files into one data set. names are the classes, if the
// caller knows them.
func (o Opener) openTables(ctx context.Context, name string, names []string, tables ...table) (*Dataset, error) {
	b := tableBuilder{opener: o, names: names, ids: map[string]*tableRow{}}
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

// tableBuilder gathers records until their labels can be resolved together.
type tableBuilder struct {
	opener Opener
	names  []string
	rows   []*tableRow
	ids    map[string]*tableRow
}

type tableRow struct {
	record
	path string
	half string
	code int // the label's index
}

func (r *tableRow) fault(err error) error { return &LineError{r.path, r.line, err} }

func (b *tableBuilder) read(t table, progress *meter) error {
	file, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer file.Close()
	before, done := len(b.rows), progress.done
	read := readers[strings.ToLower(filepath.Ext(t.path))]
	err = read(file, progress.reader(file), rows{
		each: func(r record) error {
			if err := progress.ctx.Err(); err != nil {
				return err
			}
			return b.add(t, r)
		},
		names: func(names []string) error {
			if b.names != nil && !slices.Equal(b.names, names) {
				return fmt.Errorf("%s declares classes %q: want %q", t.path, names, b.names)
			}
			b.names = names
			return nil
		},
	})
	if bad := (*LineError)(nil); errors.As(err, &bad) {
		bad.Path = t.path
		return err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, err)
	}
	if len(b.rows) == before {
		return fmt.Errorf("%s holds no review", t.path)
	}
	if info, err := file.Stat(); err == nil {
		progress.add(done + info.Size() - progress.done) // Parquet is not read as a stream
	}
	return nil
}

func (b *tableBuilder) add(t table, r record) error {
	row := &tableRow{record: r, path: t.path, half: t.half}
	fault := func(err error) error { return &LineError{t.path, r.line, err} }
	text, err := b.opener.prepare(r.text)
	if err != nil {
		return fault(err)
	}
	row.text = text
	row.label = strings.TrimSpace(r.label)
	if row.label == "" {
		return fault(errors.New("label is empty: want an integer or a name"))
	}
	if r.rating < 0 || r.rating > 10 {
		return fault(fmt.Errorf("rating %d is out of range: want 1 to 10, or 0 if unknown", r.rating))
	}
	switch {
	case r.split == "" && row.half == "":
		row.half = train
	case r.split == "":
	case r.split != train && r.split != test:
		return fault(fmt.Errorf("split %q: want %q or %q", r.split, train, test))
	case row.half == "":
		row.half = r.split
	case row.half != r.split:
		return fault(fmt.Errorf("split is %q in the %s file", r.split, row.half))
	}
	if row.id == "" {
		row.id = fmt.Sprintf("%s/%d", row.half, r.line)
	}
	if first := b.ids[row.id]; first != nil {
		return fault(fmt.Errorf("id %q was used before, at %s:%d", row.id, first.path, first.line))
	}
	b.ids[row.id] = row
	// A split for some of a file's records only is a slip, not a wish.
	if t.half == "" && len(b.rows) > 0 && (b.rows[0].split == "") != (r.split == "") {
		return fault(fmt.Errorf("split is %q, at line %d it is %q: give it to every record or to none",
			r.split, b.rows[0].line, b.rows[0].split))
	}
	b.rows = append(b.rows, row)
	return nil
}

func (b *tableBuilder) dataset(name string) (*Dataset, error) {
	if !slices.ContainsFunc(b.rows, func(row *tableRow) bool { return row.half == train }) {
		return nil, fmt.Errorf("data set %q has no training review: give some the split %q", name, train)
	}
	names, err := resolveLabels(b.names, b.rows)
	if err != nil {
		return nil, err
	}
	d := &Dataset{Name: name, Labels: names}
	for _, row := range b.rows {
		half := &d.Train
		if row.half == test {
			half = &d.Test
		}
		*half = append(*half, Review{ID: row.id, Text: row.text, Label: row.code, Rating: row.rating})
	}
	return d, nil
}
