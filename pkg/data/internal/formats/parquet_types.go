package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// topLevelColumn is a direct child of the root of the schema.
type topLevelColumn struct {
	*format.SchemaElement
	leaf int // index of its first leaf among all leaves
	// path are the elements below it in depth-first order.
	path []format.SchemaElement
}

// topLevelColumns reads a flattened schema: its elements in depth-first order, each with its
// number of children.
func topLevelColumns(schema []format.SchemaElement) ([]topLevelColumn, error) {
	if len(schema) == 0 {
		return nil, errors.New("not a valid Parquet file: it has no schema")
	}
	var columns []topLevelColumn
	leaf := 0
	for at := 1; at < len(schema); {
		columns = append(columns, topLevelColumn{SchemaElement: &schema[at], leaf: leaf})
		begin := at + 1
		for open := 1; open > 0 && at < len(schema); at++ {
			children := max(schema[at].NumChildren.V, 0)
			if children == 0 {
				leaf++
			}
			open += int(children) - 1
		}
		columns[len(columns)-1].path = schema[min(begin, at):at]
	}
	return columns, nil
}

func isGroup(e *format.SchemaElement) bool { return e.NumChildren.V > 0 || !e.Type.Valid }

// columnType returns the kind of a column's values, a function that reads a value that is not
// null, and the name of the type for errors.
func columnType(column topLevelColumn) (records.ColumnKind, func(parquet.Value) records.Value, string) {
	e := column.SchemaElement
	logical := logicalType(e)
	switch {
	case isGroup(e):
		if list, read := column.listOf(); list != nil {
			return records.ListColumn, read, "list"
		}
		return records.Unusable, nil, "nested " + strings.ToLower(orElse(logical, "group"))
	case e.RepetitionType.V == format.Repeated:
		return records.Unusable, nil, "repeated " + orElse(logical, e.Type.V.String())
	}
	kind, read := leafType(e)
	name := e.Type.V.String()
	if logical != "" {
		name += " " + logical
	}
	return kind, read, name
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// logicalType returns the name of the logical type, or of the converted type in older files,
// and "" where there is neither.
func logicalType(e *format.SchemaElement) string {
	if e.LogicalType.Value != nil {
		return e.LogicalType.String()
	}
	if e.ConvertedType.Valid {
		return convertedNames[min(max(int(e.ConvertedType.V), 0), len(convertedNames)-1)]
	}
	return ""
}

// convertedNames are the names of the converted types in parquet.thrift, by number.
var convertedNames = [...]string{"UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE", "TIME_MILLIS", "TIME_MICROS",
	"TIMESTAMP_MILLIS", "TIMESTAMP_MICROS", "UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16", "INT_32", "INT_64",
	"JSON", "BSON", "INTERVAL", "unknown"}

// leafType follows LogicalTypes.md of the Parquet format. Types that are neither text nor
// numbers, such as dates and times, are unusable.
func leafType(e *format.SchemaElement) (records.ColumnKind, func(parquet.Value) records.Value) {
	physical := e.Type.V
	if e.LogicalType.Value == nil && e.ConvertedType.Valid {
		return convertedType(e)
	}
	switch logical := e.LogicalType.Value.(type) {
	case nil:
		switch physical {
		case format.ByteArray:
			return records.StringColumn, stringValue
		case format.Boolean:
			return records.BoolColumn, boolValue
		case format.Int32, format.Int64:
			return records.IntegerColumn, signedValue(physical)
		case format.Float:
			return records.NumberColumn, func(v parquet.Value) records.Value { return floatValue(float64(v.Float()), 32) }
		case format.Double:
			return records.NumberColumn, func(v parquet.Value) records.Value { return floatValue(v.Double(), 64) }
		}
	case *format.StringType, *format.EnumType, *format.JsonType:
		if physical == format.ByteArray {
			return records.StringColumn, stringValue
		}
	case *format.IntType:
		if physical == format.Int32 || physical == format.Int64 {
			if logical.IsSigned {
				return records.IntegerColumn, signedValue(physical)
			}
			return records.IntegerColumn, unsignedValue(physical)
		}
	case *format.DecimalType:
		return decimalColumn(physical, int(logical.Scale))
	case *format.Float16Type:
		if physical == format.FixedLenByteArray && e.TypeLength.V == 2 {
			return records.NumberColumn, float16Value
		}
	case *format.UUIDType:
		if physical == format.FixedLenByteArray && e.TypeLength.V == 16 {
			return records.UUIDColumn, uuidValue
		}
	case *format.NullType:
		return records.NullColumn, stringValue
	}
	return records.Unusable, nil
}

func convertedType(e *format.SchemaElement) (records.ColumnKind, func(parquet.Value) records.Value) {
	physical := e.Type.V
	integer := physical == format.Int32 || physical == format.Int64
	switch converted := e.ConvertedType.V; {
	case (converted == deprecated.UTF8 || converted == deprecated.Enum || converted == deprecated.Json) && physical == format.ByteArray:
		return records.StringColumn, stringValue
	case converted >= deprecated.Uint8 && converted <= deprecated.Uint64 && integer:
		return records.IntegerColumn, unsignedValue(physical)
	case converted >= deprecated.Int8 && converted <= deprecated.Int64 && integer:
		return records.IntegerColumn, signedValue(physical)
	case converted == deprecated.Decimal:
		return decimalColumn(physical, int(e.Scale.V))
	}
	return records.Unusable, nil
}

func boolValue(v parquet.Value) records.Value {
	return records.Value{Text: strconv.FormatBool(v.Boolean()), Kind: records.BoolKind}
}

func stringValue(v parquet.Value) records.Value { return records.Value{Text: string(v.ByteArray())} }

func signedValue(physical format.Type) func(parquet.Value) records.Value {
	if physical == format.Int32 {
		return func(v parquet.Value) records.Value { return records.Number(strconv.FormatInt(int64(v.Int32()), 10)) }
	}
	return func(v parquet.Value) records.Value { return records.Number(strconv.FormatInt(v.Int64(), 10)) }
}

func unsignedValue(physical format.Type) func(parquet.Value) records.Value {
	if physical == format.Int32 {
		return func(v parquet.Value) records.Value { return records.Number(strconv.FormatUint(uint64(v.Uint32()), 10)) }
	}
	return func(v parquet.Value) records.Value { return records.Number(strconv.FormatUint(v.Uint64(), 10)) }
}

// floatValue formats a number with the fewest digits that identify it. pandas writes NaN for a
// missing number.
func floatValue(x float64, bits int) records.Value {
	if math.IsNaN(x) {
		return records.Null
	}
	return records.Number(strconv.FormatFloat(x, 'f', -1, bits))
}

// float16Value reads an IEEE 754 binary16 number: sign, 5 bits of exponent with bias 15, 10
// bits of fraction.
func float16Value(v parquet.Value) records.Value {
	bits := binary.LittleEndian.Uint16(v.ByteArray())
	exponent, fraction := int(bits>>10&0x1f), float64(bits&0x3ff)
	var x float64
	switch exponent {
	case 0:
		x = math.Ldexp(fraction, -24)
	case 0x1f:
		if x = math.Inf(1); fraction != 0 {
			x = math.NaN()
		}
	default:
		x = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 == 1 {
		x = -x
	}
	return floatValue(x, 64)
}

func uuidValue(v parquet.Value) records.Value {
	return records.Value{Text: uuid.UUID(v.ByteArray()).String()}
}

// decimalColumn reads DECIMAL, an integer divided by 10 to the power of scale: INT32, INT64,
// or big-endian bytes in two's complement. It counts as an integer column; a label with a
// fraction is refused when it is read.
func decimalColumn(physical format.Type, scale int) (records.ColumnKind, func(parquet.Value) records.Value) {
	switch physical {
	case format.Int32:
		return records.IntegerColumn, func(v parquet.Value) records.Value { return decimalValue(big.NewInt(int64(v.Int32())), scale) }
	case format.Int64:
		return records.IntegerColumn, func(v parquet.Value) records.Value { return decimalValue(big.NewInt(v.Int64()), scale) }
	case format.ByteArray, format.FixedLenByteArray:
		return records.IntegerColumn, func(v parquet.Value) records.Value {
			bytes := v.ByteArray()
			unscaled := new(big.Int).SetBytes(bytes)
			if len(bytes) > 0 && bytes[0]&0x80 != 0 {
				unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(bytes))))
			}
			return decimalValue(unscaled, scale)
		}
	}
	return records.Unusable, nil
}

func decimalValue(unscaled *big.Int, scale int) records.Value {
	const maxScale = 76 // of decimal256, the widest that Arrow has
	if scale < 0 || scale > maxScale {
		panic(fmt.Sprintf("DECIMAL has scale %d: expected 0 to %d", scale, maxScale))
	}
	text := new(big.Rat).SetFrac(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
	return records.Number(withoutTrailingZeros(text))
}

// withoutTrailingZeros removes the zeros at the end of a decimal number's fraction.
func withoutTrailingZeros(decimal string) string {
	if !strings.Contains(decimal, ".") {
		return decimal
	}
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".")
}
