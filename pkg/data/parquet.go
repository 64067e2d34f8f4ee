package data

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// readParquet reads the columns text, label and, if there, id, rating and split.
func readParquet(r io.ReaderAt, size int64, to rows) (err error) {
	// The library indexes by what a file says of itself, and files may lie.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("not a sound Parquet file: %v", fault)
		}
	}()
	if err := checkFooter(r, size); err != nil {
		return fmt.Errorf("not a Parquet file: %w", err)
	}
	file, err := parquet.OpenFile(r, size)
	if err != nil {
		return fmt.Errorf("not a Parquet file: %w", err)
	}
	names, err := classNames(file)
	if err != nil {
		return err
	}
	if names != nil {
		if err := to.names(names); err != nil {
			return err
		}
	}
	columns, err := parquetColumns(file.Schema(), to.unlabelled)
	if err != nil {
		return err
	}
	line := 0
	for _, group := range file.RowGroups() {
		if err := readRowGroup(group, columns, &line, to); err != nil {
			return err
		}
	}
	return nil
}

// checkFooter looks at the file's end, FOOTER SIZE(4 bytes) "PAR1", because the
// library allocates whatever size it finds there.
func checkFooter(r io.ReaderAt, size int64) error {
	var end [8]byte
	if size < int64(len(end)) {
		return fmt.Errorf("it has %d bytes", size)
	}
	if _, err := r.ReadAt(end[:], size-int64(len(end))); err != nil {
		return err
	}
	if string(end[4:]) != "PAR1" {
		return fmt.Errorf("it ends with %q: want \"PAR1\", is the file whole?", end[4:])
	}
	if footer := int64(binary.LittleEndian.Uint32(end[:])); footer > size-int64(len(end)) {
		return fmt.Errorf("its footer claims %d bytes of the file's %d", footer, size)
	}
	return nil
}

func readRowGroup(group parquet.RowGroup, columns map[int]string, line *int, to rows) error {
	reader := group.Rows()
	defer reader.Close()
	batch := make([]parquet.Row, 256)
	for {
		n, err := reader.ReadRows(batch)
		for _, row := range batch[:n] {
			*line++
			record, err := parquetRecord(row, columns)
			if err != nil {
				return &LineError{Line: *line, Err: err}
			}
			record.line = *line
			if err := to.each(record); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after row %d: %w", *line, err)
		}
	}
}

func parquetRecord(row parquet.Row, columns map[int]string) (record, error) {
	var r record
	for _, value := range row {
		name, wanted := columns[value.Column()]
		if !wanted || value.IsNull() {
			continue
		}
		cell := parquetCell(value)
		switch name {
		case "text":
			r.text = cell
		case "label":
			r.label = cell
		case "id":
			r.id = cell
		case "split":
			r.split = cell
		case "rating":
			rating, err := strconv.Atoi(cell)
			if err != nil {
				return r, fmt.Errorf(`column "rating" is %.40q: want an integer from 1 to 10`, cell)
			}
			r.rating = rating
		}
	}
	return r, nil
}

func parquetCell(value parquet.Value) string {
	switch value.Kind() {
	case parquet.Int32:
		return strconv.Itoa(int(value.Int32()))
	case parquet.Int64:
		return strconv.FormatInt(value.Int64(), 10)
	}
	return string(value.ByteArray())
}

// parquetColumns finds the wanted columns' numbers.
func parquetColumns(schema *parquet.Schema, unlabelled bool) (map[int]string, error) {
	columns := map[int]string{}
	for _, want := range []struct {
		name              string
		integer, required bool
	}{{"text", false, true}, {"label", true, !unlabelled}, {"id", true, false}, {"rating", true, false}, {"split", false, false}} {
		leaf, ok := schema.Lookup(want.name)
		if !ok && want.required {
			return nil, fmt.Errorf("there is no column %q: want text and label, found %q", want.name, schema.Columns())
		}
		if !ok {
			continue
		}
		kind := leaf.Node.Type().Kind()
		integer := kind == parquet.Int32 || kind == parquet.Int64
		if leaf.MaxRepetitionLevel > 0 || kind != parquet.ByteArray && !(want.integer && integer) {
			return nil, fmt.Errorf("column %q is of type %s: want strings or, for label, id and rating, integers",
				want.name, leaf.Node.Type())
		}
		columns[leaf.ColumnIndex] = want.name
	}
	return columns, nil
}

// classNames reads the names of a ClassLabel feature "label" from the metadata
// that Hugging Face's datasets library writes; nil if there are none.
func classNames(file *parquet.File) ([]string, error) {
	text, ok := file.Lookup("huggingface")
	if !ok {
		return nil, nil
	}
	var about struct {
		Info struct {
			Features struct {
				Label struct {
					Names []string `json:"names"`
				} `json:"label"`
			} `json:"features"`
		} `json:"info"`
	}
	if err := json.Unmarshal([]byte(text), &about); err != nil {
		return nil, errors.Join(errors.New(`the metadata "huggingface" is not the JSON of the datasets library`), err)
	}
	return about.Info.Features.Label.Names, nil
}
