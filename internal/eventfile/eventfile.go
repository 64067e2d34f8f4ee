// Package eventfile writes TensorBoard's event files: records in TFRecord framing that hold
// Event protocol buffers.
//
// Sources: tensorflow/core/lib/io/record_writer.h (framing), tensorflow/core/util/event.proto
// and tensorflow/core/framework/summary.proto (messages), and TensorBoard's text plugin.
package eventfile

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Version is the format of the events, in the first event of a file.
const Version = "brain.Event:2"

// Event has one of the three contents.
type Event struct {
	WallTime float64 // seconds since 1970
	Step     int64

	FileVersion string  // of the first event of a file: Version
	Restart     bool    // a reader drops the events of earlier files from this step on
	Values      []Value // of the step
}

// Value is a scalar, or a text if Text is not empty.
type Value struct {
	Tag    string
	Scalar float32
	Text   string // Markdown
}

// Append appends the event to a file's content, as a record: length, its checksum, the event,
// its checksum.
func Append(content []byte, e Event) []byte {
	data := e.marshal()
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(data)))
	content = append(content, length[:]...)
	content = binary.LittleEndian.AppendUint32(content, masked(length[:]))
	content = append(content, data...)
	return binary.LittleEndian.AppendUint32(content, masked(data))
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the CRC-32C of data, rotated and shifted as TFRecord stores it.
func masked(data []byte) uint32 {
	sum := crc32.Checksum(data, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}

// Numbers of fields in the messages.
const (
	eventWallTime, eventStep, eventFileVersion, eventSummary, eventSession protowire.Number = 1, 2, 3, 5, 7

	sessionStatus protowire.Number = 1 // of SessionLog

	summaryValue protowire.Number = 1

	valueTag, valueScalar, valueTensor, valueMetadata protowire.Number = 1, 2, 8, 9

	metadataPlugin protowire.Number = 1
	pluginName     protowire.Number = 1

	tensorType, tensorShape, tensorString protowire.Number = 1, 2, 8
	shapeDim                              protowire.Number = 2
	dimSize                               protowire.Number = 1
)

// Values of enumerations.
const (
	sessionStart uint64 = 1 // SessionLog.START
	typeString   uint64 = 7 // DataType.DT_STRING
)

// marshal returns the Event message.
func (e Event) marshal() []byte {
	var b []byte
	b = protowire.AppendTag(b, eventWallTime, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(e.WallTime))
	if e.Step != 0 {
		b = protowire.AppendTag(b, eventStep, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(e.Step))
	}
	switch {
	case e.FileVersion != "":
		b = appendBytes(b, eventFileVersion, []byte(e.FileVersion))
	case e.Restart:
		session := protowire.AppendTag(nil, sessionStatus, protowire.VarintType)
		b = appendBytes(b, eventSession, protowire.AppendVarint(session, sessionStart))
	default:
		var summary []byte
		for _, v := range e.Values {
			summary = appendBytes(summary, summaryValue, v.marshal())
		}
		b = appendBytes(b, eventSummary, summary)
	}
	return b
}

// marshal returns the Summary.Value message. A text is a tensor of strings with one element and
// the name of TensorBoard's text plugin.
func (v Value) marshal() []byte {
	b := appendBytes(nil, valueTag, []byte(v.Tag))
	if v.Text == "" {
		b = protowire.AppendTag(b, valueScalar, protowire.Fixed32Type)
		return protowire.AppendFixed32(b, math.Float32bits(v.Scalar))
	}
	plugin := appendBytes(nil, pluginName, []byte("text"))
	dim := protowire.AppendTag(nil, dimSize, protowire.VarintType)
	shape := appendBytes(nil, shapeDim, protowire.AppendVarint(dim, 1))
	tensor := protowire.AppendTag(nil, tensorType, protowire.VarintType)
	tensor = protowire.AppendVarint(tensor, typeString)
	tensor = appendBytes(tensor, tensorShape, shape)
	tensor = appendBytes(tensor, tensorString, []byte(v.Text))
	b = appendBytes(b, valueTensor, tensor)
	return appendBytes(b, valueMetadata, appendBytes(nil, metadataPlugin, plugin))
}

func appendBytes(b []byte, field protowire.Number, value []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, value)
}
