package toytest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Events reads the scalars of the one TensorBoard event file in a folder, as lines "TAG STEP
// VALUE". It checks the framing with its checksums.
func Events(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s holds the event files %q, expected one", dir, files)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for len(content) > 0 {
		n := binary.LittleEndian.Uint64(content)
		event := content[12 : 12+n]
		for _, sum := range [][2][]byte{{content[:8], content[8:12]}, {event, content[12+n : 16+n]}} {
			if c := crc32.Checksum(sum[0], crc32.MakeTable(crc32.Castagnoli)); binary.LittleEndian.Uint32(sum[1]) != c>>15+c<<17+0xa282ead8 {
				t.Fatalf("%s: a wrong checksum", files[0])
			}
		}
		content = content[16+n:]
		lines = append(lines, scalars(t, event)...)
	}
	return lines
}

// scalars returns the scalars of an Event message.
func scalars(t *testing.T, event []byte) []string {
	t.Helper()
	fields := messageFields(t, event)
	step := uint64(0)
	if len(fields[2]) > 0 {
		step, _ = protowire.ConsumeVarint(fields[2][0])
	}
	var lines []string
	for _, summary := range fields[5] {
		for _, value := range messageFields(t, summary)[1] {
			parts := messageFields(t, value)
			if len(parts[2]) == 1 {
				bits, _ := protowire.ConsumeFixed32(parts[2][0])
				lines = append(lines, fmt.Sprint(string(parts[1][0]), " ", step, " ", math.Float32frombits(bits)))
			}
		}
	}
	return lines
}

// messageFields returns the values of a message's fields, by number.
func messageFields(t *testing.T, message []byte) map[protowire.Number][][]byte {
	t.Helper()
	fields := map[protowire.Number][][]byte{}
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		value := message[:n]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		fields[number] = append(fields[number], value)
		message = message[n:]
	}
	return fields
}
