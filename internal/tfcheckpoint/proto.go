package tfcheckpoint

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message: number is an integer of any width, text the bytes of a
// message or a string.
type field struct {
	id     protowire.Number
	kind   protowire.Type
	number uint64
	text   []byte
}

// eachField reads a message field by field.
func eachField(message []byte, read func(field) error) error {
	for len(message) > 0 {
		id, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		f := field{id: id, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(message)
			f.number = uint64(v)
		case protowire.BytesType:
			f.text, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(id, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := read(f); err != nil {
			return fmt.Errorf("field %d: %w", id, err)
		}
	}
	return nil
}

var errKind = errors.New("has another kind than the format's field")

// natural is an integer from 0 to the largest int64.
func (f field) natural() (int64, error) {
	if f.kind != protowire.VarintType {
		return 0, errKind
	}
	if f.number > math.MaxInt64 {
		return 0, fmt.Errorf("is %d, expected 0 or more", int64(f.number))
	}
	return int64(f.number), nil
}

// message is the text of a message within the message.
func (f field) message() ([]byte, error) {
	if f.kind != protowire.BytesType {
		return nil, errKind
	}
	return f.text, nil
}
