package formats

import (
	"fmt"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// TestOlderParquetTypes: what no writer of pkg/data/testdata/tables writes, by the format's
// LogicalTypes.md: DECIMAL in BYTE_ARRAY, of any length, and types that are given as
// converted types alone.
func TestOlderParquetTypes(t *testing.T) {
	element := func(physical format.Type, converted deprecated.ConvertedType) *format.SchemaElement {
		e := &format.SchemaElement{Name: "rating"}
		e.Type.V, e.Type.Valid = physical, true
		e.ConvertedType.V, e.ConvertedType.Valid = converted, true
		e.Scale.V, e.Scale.Valid = 2, true
		return e
	}
	for _, c := range []struct {
		physical  format.Type
		converted deprecated.ConvertedType
		kind      records.ColumnKind
		value     parquet.Value
		want      string
	}{
		{format.ByteArray, deprecated.Decimal, records.IntegerColumn, parquet.ByteArrayValue([]byte{0x32}), "0.5"},
		{format.ByteArray, deprecated.Decimal, records.IntegerColumn, parquet.ByteArrayValue([]byte{0x03, 0xe8}), "10"},
		{format.ByteArray, deprecated.Decimal, records.IntegerColumn, parquet.ByteArrayValue([]byte{0xff, 0x9c}), "-1"},
		{format.ByteArray, deprecated.Decimal, records.IntegerColumn, parquet.ByteArrayValue(nil), "0"},
		{format.FixedLenByteArray, deprecated.Decimal, records.IntegerColumn, parquet.FixedLenByteArrayValue([]byte{0xff, 0xff, 0xff, 0x85}), "-1.23"},
		{format.Int32, deprecated.Decimal, records.IntegerColumn, parquet.Int32Value(450), "4.5"},
		{format.Int64, deprecated.Decimal, records.IntegerColumn, parquet.Int64Value(-7), "-0.07"},
		{format.Int32, deprecated.Uint32, records.IntegerColumn, parquet.Int32Value(-1), "4294967295"},
		{format.Int64, deprecated.Uint64, records.IntegerColumn, parquet.Int64Value(-1), "18446744073709551615"},
		{format.Int32, deprecated.Int8, records.IntegerColumn, parquet.Int32Value(-1), "-1"},
		{format.ByteArray, deprecated.UTF8, records.StringColumn, parquet.ByteArrayValue([]byte("a")), "a"},
		{format.Int32, deprecated.Date, records.Unusable, parquet.Value{}, ""},
		{format.Int64, deprecated.TimestampMillis, records.Unusable, parquet.Value{}, ""},
		{format.FixedLenByteArray, deprecated.Interval, records.Unusable, parquet.Value{}, ""},
		{format.ByteArray, deprecated.Bson, records.Unusable, parquet.Value{}, ""},
		{format.Float, deprecated.Decimal, records.Unusable, parquet.Value{}, ""},
	} {
		t.Run(fmt.Sprintf("%v, %v, %v", c.physical, c.converted, c.value), func(t *testing.T) {
			kind, read, name := columnType(topLevelColumn{SchemaElement: element(c.physical, c.converted)})
			if kind != c.kind {
				t.Errorf("%s is of kind %d, want %d", name, kind, c.kind)
				return
			}
			if kind == records.Unusable {
				return
			}
			if got := read(c.value); got.Text != c.want || (got.Kind == records.NumberKind) != (kind != records.StringColumn) {
				t.Errorf("%s: %+v, want %s", name, got, c.want)
			}
		})
	}
}
