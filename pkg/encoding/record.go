package encoding

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/lfs"
)

// RecordFile is the file beside trained weights that names the encoding of their training:
// {"pairs": true, "truncation": "tail", "max_length": 256}. PEFT and transformers neither read
// nor write it. A folder without it means single texts and Head.
const RecordFile = "encoding.json"

// Record is the content of a [RecordFile].
type Record struct {
	Pairs      bool       `json:"pairs,omitempty"`      // the examples were pairs of texts
	Truncation Truncation `json:"truncation,omitzero"`  // of the training
	MaxLength  int        `json:"max_length,omitempty"` // of the training, for a Truncation other than Head
}

// RecordOf returns the record of an encoder.
func RecordOf(e Encoder) Record {
	r := Record{Pairs: e.Pairs}
	if !e.Truncation.IsZero() {
		r.Truncation, r.MaxLength = e.Truncation, e.MaxLength
	}
	return r
}

// ReadRecord reads the RecordFile of a folder; the zero value where the folder has none. An
// unknown field or value is an error.
func ReadRecord(dir string) (Record, error) {
	path := filepath.Join(dir, RecordFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, nil
	}
	if err != nil {
		return Record{}, err
	}
	if err := lfs.Check(path, text); err != nil {
		return Record{}, err
	}
	var r Record
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return Record{}, fmt.Errorf(`%s: %w; expected an object such as {"truncation": "tail", "max_length": 256}`, path, err)
	}
	if err := r.Truncation.Validate(); err != nil {
		return Record{}, fmt.Errorf("%s: truncation %w", path, err)
	}
	if r.MaxLength < 0 || r.MaxLength == 0 != r.Truncation.IsZero() {
		return Record{}, fmt.Errorf("%s: max_length is %d with truncation %q, expected the maximum number of tokens of the training, and none for %q", path, r.MaxLength, r.Truncation, Head)
	}
	return r, nil
}

// Write writes the RecordFile of an existing folder, or removes it for the zero value.
func (r Record) Write(dir string) error {
	path := filepath.Join(dir, RecordFile)
	if r.IsZero() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(text, '\n'), 0o644)
}

// IsZero reports whether the record is that of single texts and Head, which is not written.
func (r Record) IsZero() bool { return !r.Pairs && r.Truncation.IsZero() && r.MaxLength == 0 }
