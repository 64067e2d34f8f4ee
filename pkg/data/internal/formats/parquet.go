package formats

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// ReadParquet reads the columns that records.Select chooses.
func ReadParquet(r io.ReaderAt, size int64, sink records.Sink) (err error) {
	// The library indexes with numbers from the file, and panics where they are wrong.
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("not a valid Parquet file: %v", fault)
		}
	}()
	if err := checkFooter(r, size); err != nil {
		return err
	}
	// Page indexes and bloom filters are for searches.
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("not a Parquet file: %w", err)
	}
	classes, err := classNames(file)
	if err != nil {
		return err
	}
	columns, chosen, err := parquetColumns(file, classes, sink)
	if err != nil {
		return err
	}
	line := 0
	for i, group := range file.RowGroups() {
		if err := checkCodecs(&file.Metadata().RowGroups[i], columns); err != nil {
			return err
		}
		if err := readRowGroup(group, columns, chosen, &line, sink); err != nil {
			return err
		}
	}
	return nil
}

// checkFooter checks the end of the file, FOOTER SIZE(4 bytes) "PAR1", because the library
// allocates as many bytes as the size says.
func checkFooter(r io.ReaderAt, size int64) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("not a Parquet file: "+format, args...)
	}
	var end [8]byte
	if size < int64(len(end)) {
		return fault("it has %d bytes, expected at least 8", size)
	}
	if _, err := r.ReadAt(end[:], size-int64(len(end))); err != nil {
		return fault("%w", err)
	}
	if string(end[4:]) == "PARE" {
		return fault("its footer is encrypted: save it without encryption")
	}
	if string(end[4:]) != "PAR1" {
		return fault("it ends with %q: expected \"PAR1\"; check whether the file is complete", end[4:])
	}
	if footer := int64(binary.LittleEndian.Uint32(end[:])); footer > size-int64(len(end)) {
		return fault("its footer claims %d bytes of the file's %d", footer, size)
	}
	return nil
}

// checkCodecs refuses codecs that the library cannot decode. It misreads LZ4_RAW
// pages (v0.32.0: where the decoder needs a larger buffer than the page, the
// decoded bytes are dropped and the reused buffer's old bytes are taken).
func checkCodecs(group *format.RowGroup, columns []parquetColumn) error {
	for _, column := range columns {
		if column.index >= len(group.Columns) {
			return fmt.Errorf("a row group has %d columns, and %q is column %d", len(group.Columns), column.name, column.index+1)
		}
		switch codec := group.Columns[column.index].MetaData.Codec; codec {
		case format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd:
		default:
			return fmt.Errorf("column %q is compressed with %s, which cannot be read: save the file with zstd, "+
				`such as pandas.read_parquet(FILE).to_parquet(NEW, compression="zstd")`, column.name, codec)
		}
	}
	return nil
}

func readRowGroup(group parquet.RowGroup, columns []parquetColumn, chosen *records.Selection, line *int, sink records.Sink) error {
	rows := group.NumRows()
	if rows == 0 {
		return nil // its columns may lack pages
	}
	chunks := group.ColumnChunks()
	readers := make([]*columnReader, len(columns))
	for i, column := range columns {
		chunk := chunks[column.index]
		if n := chunk.NumValues(); n != rows && column.list == nil {
			return fmt.Errorf("after row %d: column %q has %d values for %d rows", *line, column.name, n, rows)
		}
		readers[i] = &columnReader{pages: chunk.Pages()}
		defer readers[i].close()
	}
	values := make([]records.Value, len(chosen.Names))
	for range rows {
		for i, column := range columns {
			read, err := column.next(readers[i])
			if err != nil {
				return fmt.Errorf("after row %d: column %q: %w", *line, column.name, err)
			}
			values[column.at] = read
		}
		*line++
		r, err := chosen.Record(*line, func(column int) records.Value { return values[column] })
		if err != nil {
			err = sink.Bad(*line, err)
		} else {
			err = sink.Each(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// columnReader reads the values of a column in one row group.
type columnReader struct {
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer [256]parquet.Value
	at, n  int
}

// next returns the next value. It is valid until the next call.
func (c *columnReader) next() (parquet.Value, error) {
	v, err := c.peek()
	if err == io.EOF {
		return v, io.ErrUnexpectedEOF
	}
	if err == nil {
		c.at++
	}
	return v, err
}

// peek returns the next value without advancing, and io.EOF after the last one.
func (c *columnReader) peek() (parquet.Value, error) {
	for c.at == c.n {
		if c.page == nil {
			page, err := c.pages.ReadPage()
			if err != nil {
				return parquet.Value{}, err
			}
			c.page, c.values = page, page.Values()
		}
		n, err := c.values.ReadValues(c.buffer[:])
		c.at, c.n = 0, n
		if err != nil && err != io.EOF {
			return parquet.Value{}, err
		}
		if n == 0 {
			parquet.Release(c.page)
			c.page = nil
		}
	}
	return c.buffer[c.at], nil
}

func (c *columnReader) close() {
	if c.page != nil {
		parquet.Release(c.page)
	}
	_ = c.pages.Close()
}

// classNames returns the names of the classes of each column with the feature ClassLabel, or a
// list of it, in the metadata of Hugging Face's datasets library.
func classNames(file *parquet.File) (map[string][]string, error) {
	text, ok := file.Lookup("huggingface")
	if !ok {
		return nil, nil
	}
	return classNamesIn(text)
}

// classNamesIn reads them from the JSON of the metadata.
func classNamesIn(text string) (map[string][]string, error) {
	var about struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if err := json.Unmarshal([]byte(text), &about); err != nil {
		return nil, errors.Join(errors.New(`the metadata "huggingface" is not the JSON of the datasets library`), err)
	}
	classes := map[string][]string{}
	for column, raw := range about.Info.Features {
		if names := featureNames(raw); names != nil {
			classes[column] = names
		}
	}
	return classes, nil
}

// featureNames returns the names of a ClassLabel, of a List or a Sequence of one, or of a list
// with one as older versions write it.
func featureNames(raw json.RawMessage) []string {
	var feature struct {
		Names   []string        `json:"names"`
		Feature json.RawMessage `json:"feature"`
	}
	if json.Unmarshal(raw, &feature) == nil {
		if feature.Names == nil && feature.Feature != nil {
			return featureNames(feature.Feature)
		}
		return feature.Names
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		return featureNames(list[0])
	}
	return nil
}
