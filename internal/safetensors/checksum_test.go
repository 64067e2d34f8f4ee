package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
)

// contents are a file's metadata and its tensors' bytes, or the error of reading them.
func contents(path string) (metadata map[string]string, values map[string]string, err error) {
	f, err := Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	values = map[string]string{}
	for _, name := range f.Names() {
		raw, err := f.Checked(name)
		if err != nil {
			return nil, nil, err
		}
		dtype, shape, _ := f.Info(name)
		values[name] = describe(dtype, shape) + string(raw)
	}
	return f.Metadata(), values, nil
}

// TestEveryFlippedBitIsFound flips each bit of a file with checksums: it is refused, or
// holds what it held before, as where the bit is one of the field's name.
func TestEveryFlippedBitIsFound(t *testing.T) {
	testenv.NeedsTime(t, "it reads a file once for each of its bits")
	path := filepath.Join(t.TempDir(), "x.safetensors")
	named := []Named{
		{Name: "weight", DType: "F32", Shape: []int{2, 2}, Data: bytes.Repeat([]byte{1, 2, 3, 4}, 4)},
		{Name: "step", DType: "I64", Data: binary.LittleEndian.AppendUint64(nil, 7)},
		{Name: "none", DType: "F32", Shape: []int{0}},
	}
	if err := Write(path, named, WithChecksums(map[string]string{"position": `{"step":10}`})); err != nil {
		t.Fatal(err)
	}
	metadata, values, err := contents(path)
	if err != nil || len(metadata) != 1 || metadata["position"] != `{"step":10}` || len(values) != 3 {
		t.Fatalf("%v %q %v", metadata, values, err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for bit := range 8 * len(sound) {
		spoiled := bytes.Clone(sound)
		spoiled[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, spoiled, 0o644); err != nil {
			t.Fatal(err)
		}
		m, v, err := contents(path)
		var format *FormatError
		switch {
		case err == nil:
			if !maps.Equal(v, values) || m["position"] != metadata["position"] {
				t.Fatalf("bit %d of byte %d (%q): read as another content: %v %q", bit%8, bit/8, sound[bit/8], m, v)
			}
		case !errors.As(err, &format):
			t.Fatalf("bit %d of byte %d: %v, expected a *FormatError", bit%8, bit/8, err)
		default:
			refused++
		}
	}
	if unseen := 8*len(sound) - refused; unseen > 8*len(checksumsKey) {
		t.Errorf("%d of %d flipped bits were not found", unseen, 8*len(sound))
	}
}
