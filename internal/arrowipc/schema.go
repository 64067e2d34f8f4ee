package arrowipc

import (
	"errors"
	"fmt"
)

// Kind classifies the values of a column.
type Kind int

// Kinds of values.
const (
	Unsupported Kind = iota
	Null             // every value is null
	Text             // utf8, binary, their large forms and views, as string
	Int              // int64
	Uint             // uint64
	Float            // float64
	Bool             // bool
	List             // []any of one of the kinds above
)

// Field is a column of a table, or of a column with a nested type.
type Field struct {
	Name string
	Kind Kind
	// Type is the name of the type for errors, such as timestamp or list<int64>.
	Type string

	id         typeID
	width      int // of a value in bytes; of a Bool 0
	size       int // of a list of fixed size
	dense      bool
	children   []Field
	dictionary *dictionaryField
}

// dictionaryField describes the indices of a column that is encoded with a dictionary.
type dictionaryField struct {
	id      int64
	indices Field
}

// typeID is a member of the union Type in Schema.fbs.
type typeID int

const (
	nullType typeID = iota + 1
	intType
	floatType
	binaryType
	utf8Type
	boolType
	decimalType
	dateType
	timeType
	timestampType
	intervalType
	listType
	structType
	unionType
	fixedBinaryType
	fixedListType
	mapType
	durationType
	largeBinaryType
	largeUTF8Type
	largeListType
	runEndType
	binaryViewType
	utf8ViewType
	listViewType
	largeListViewType
)

var typeNames = [...]string{"unknown type", "null", "int", "float", "binary", "utf8", "bool", "decimal", "date", "time", "timestamp", "interval",
	"list", "struct", "union", "fixed_size_binary", "fixed_size_list", "map", "duration", "large_binary", "large_utf8", "large_list",
	"run_end_encoded", "binary_view", "utf8_view", "list_view", "large_list_view"}

const (
	maxFields = 100_000
	maxDepth  = 64
)

// schema reads a Schema message.
type schemaReader struct{ fields int }

func (s *schemaReader) field(t table, depth int) (Field, error) {
	if s.fields++; s.fields > maxFields || depth > maxDepth {
		return Field{}, fmt.Errorf("the schema has more than %d columns or %d levels", maxFields, maxDepth)
	}
	f := Field{Name: t.string(0), id: typeID(t.int8(2))}
	if f.id < 1 || int(f.id) >= len(typeNames) {
		return f, fmt.Errorf("column %q has the unknown type %d", f.Name, f.id)
	}
	f.Type = typeNames[f.id]
	for _, child := range t.tables(5) {
		c, err := s.field(child, depth+1)
		if err != nil {
			return f, err
		}
		f.children = append(f.children, c)
	}
	kind, ok := t.table(3)
	if !ok {
		return f, fmt.Errorf("column %q has no type", f.Name)
	}
	if err := f.setType(kind); err != nil {
		return f, err
	}
	if encoding, ok := t.table(4); ok {
		f.dictionary = &dictionaryField{id: encoding.int64(0), indices: Field{Name: f.Name, id: intType, Kind: Int, width: 4}}
		if index, ok := encoding.table(1); ok {
			if err := f.dictionary.indices.setType(index); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// setType reads the details of the type.
func (f *Field) setType(t table) error {
	switch f.id {
	case nullType:
		f.Kind = Null
	case intType:
		bits := t.int32(0)
		f.Kind, f.width = Uint, bits/8
		sign := "uint"
		if t.int8(1) != 0 {
			f.Kind, sign = Int, "int"
		}
		f.Type = fmt.Sprintf("%s%d", sign, bits)
		if bits != 8 && bits != 16 && bits != 32 && bits != 64 {
			return fmt.Errorf("column %q has integers of %d bits", f.Name, bits)
		}
	case floatType:
		precision := t.int16(0)
		if precision < 0 || precision > 2 {
			return fmt.Errorf("column %q has the unknown precision %d", f.Name, precision)
		}
		f.Kind, f.width = Float, 2<<precision
		f.Type = fmt.Sprintf("float%d", 8*f.width)
	case binaryType, utf8Type, largeBinaryType, largeUTF8Type, binaryViewType, utf8ViewType:
		f.Kind = Text
	case boolType:
		f.Kind = Bool
	case unionType:
		f.dense = t.int16(0) == 1
	case listType, largeListType, fixedListType:
		if f.size = t.int32(0); f.id != fixedListType {
			f.size = 0
		}
		if len(f.children) != 1 || f.size < 0 {
			return fmt.Errorf("column %q is a list with %d children of size %d", f.Name, len(f.children), f.size)
		}
		switch child := f.children[0]; child.Kind {
		case Text, Int, Uint, Float, Bool:
			f.Kind = List
		}
		f.Type += "<" + f.children[0].Type + ">"
	}
	return nil
}

// readSchema reads the columns and the metadata of a Schema.
func readSchema(t table) ([]Field, map[string]string, error) {
	if t.int16(0) != 0 {
		return nil, nil, errors.New("its numbers are big-endian: expected little-endian")
	}
	var fields []Field
	var s schemaReader
	for _, child := range t.tables(1) {
		f, err := s.field(child, 0)
		if err != nil {
			return nil, nil, err
		}
		fields = append(fields, f)
	}
	metadata := map[string]string{}
	for _, pair := range t.tables(2) {
		metadata[pair.string(0)] = pair.string(1)
	}
	return fields, metadata, nil
}
