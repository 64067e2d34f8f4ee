package formats

import (
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// parquetColumn is a column to read.
type parquetColumn struct {
	name  string
	at    int // among the columns of the table
	index int // among the leaves of the schema
	value func(parquet.Value) records.Value
	list  *listLevels // of a list
}

// listLevels are the definition levels of a list column, as Dremel's encoding counts them: a
// level for each optional and each repeated element on the path.
type listLevels struct {
	// empty is the level of an empty list. A lower one means null.
	empty int
}

// parquetSampleRows is the number of rows that are read to choose the columns.
const parquetSampleRows = 100

// parquetColumns returns the columns to read, and their uses.
func parquetColumns(file *parquet.File, classes map[string][]string, sink records.Sink) ([]parquetColumn, *records.Selection, error) {
	all, err := topLevelColumns(file.Metadata().Schema)
	if err != nil {
		return nil, nil, err
	}
	columns, readable := make([]records.Column, len(all)), make([]parquetColumn, len(all))
	for i, c := range all {
		kind, read, typeName := columnType(c)
		columns[i] = records.Column{Name: c.Name, Kind: kind, TypeName: typeName, Classes: classes[c.Name]}
		readable[i] = parquetColumn{name: c.Name, at: i, index: c.leaf, value: read}
		if kind == records.ListColumn {
			readable[i].list, _ = c.listOf()
		}
		if kind != records.Unusable {
			columns[i].Samples = sampleParquet(file, readable[i])
		}
	}
	chosen, err := records.Select(columns, false, sink)
	if err != nil {
		return nil, nil, err
	}
	var used []parquetColumn
	for _, at := range chosen.Used() {
		used = append(used, readable[at])
	}
	return used, chosen, nil
}

// sampleParquet reads the first values of a column. It returns none where they cannot be read:
// if the column is used, its reader reports the error.
func sampleParquet(file *parquet.File, column parquetColumn) (samples []records.Value) {
	for i, group := range file.RowGroups() {
		if group.NumRows() == 0 {
			continue
		}
		chunks := group.ColumnChunks()
		if checkCodecs(&file.Metadata().RowGroups[i], []parquetColumn{column}) != nil || column.index >= len(chunks) {
			return nil
		}
		reader := &columnReader{pages: chunks[column.index].Pages()}
		defer reader.close()
		for range min(group.NumRows(), parquetSampleRows) {
			v, err := column.next(reader)
			if err != nil {
				return samples
			}
			samples = append(samples, v)
		}
		return samples
	}
	return nil
}

// next returns the value of the next row.
func (c parquetColumn) next(reader *columnReader) (records.Value, error) {
	read, err := reader.next()
	if err != nil {
		return records.Value{}, err
	}
	if c.list == nil {
		if read.IsNull() {
			return records.Null, nil
		}
		return c.value(read), nil
	}
	switch level := read.DefinitionLevel(); {
	case level < c.list.empty:
		return records.Null, nil
	case level == c.list.empty:
		return records.Value{Kind: records.ListKind}, nil
	}
	v := records.Value{Kind: records.ListKind}
	for {
		item := records.Null
		if !read.IsNull() {
			item = c.value(read)
		}
		v.List = append(v.List, item)
		more, err := reader.peek()
		if err == io.EOF || err == nil && more.RepetitionLevel() == 0 {
			return v, nil
		}
		if err != nil {
			return records.Value{}, err
		}
		if read, err = reader.next(); err != nil {
			return records.Value{}, err
		}
	}
}

// listOf returns the levels and the reader of the elements of a list column whose elements are
// strings or integers, and nil for another column. Lists have three levels, or two in older
// files: LogicalTypes.md of the Parquet format.
func (c topLevelColumn) listOf() (*listLevels, func(parquet.Value) records.Value) {
	if logicalType(c.SchemaElement) != "LIST" || len(c.path) == 0 || len(c.path) > 2 || c.path[0].RepetitionType.V != format.Repeated {
		return nil, nil
	}
	element := c.path[len(c.path)-1]
	if len(c.path) == 2 && (!isGroup(&c.path[0]) || element.RepetitionType.V == format.Repeated) || isGroup(&element) {
		return nil, nil
	}
	kind, read := leafType(&element)
	switch kind {
	case records.StringColumn, records.IntegerColumn, records.NumberColumn, records.BoolColumn:
	default:
		return nil, nil
	}
	levels := &listLevels{}
	if c.RepetitionType.V == format.Optional {
		levels.empty = 1
	}
	return levels, read
}
