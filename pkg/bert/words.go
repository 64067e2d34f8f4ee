package bert

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// LargeWords is a size of word embeddings, in bytes, from which Options.WordsInFile saves more than it
// costs: a batch of a classifier reads a few hundred rows, and for small ones the reads would cost more
// time than the memory is worth.
const LargeWords = 16 << 20

// Words reads rows of a model's word embeddings from the model's file, for a program that does not
// hold them in memory. It is safe for concurrent use, except Close, which must be the last call.
type Words struct {
	section     *safetensors.Section
	rows, width int
}

// leaveWords opens the word embeddings in their file as m.Words, and returns a tensor that reads them
// when its values are asked for; nil if they are to be read now.
func (m *Model) leaveWords(from storedTensor, p param, least int64) (*tensors.Tensor, error) {
	file, ok := from.file.(*safetensors.File)
	if !ok || least <= 0 {
		return nil, nil
	}
	shape := shapes.Make(dtypes.Float32, p.shape...)
	if dtype, _, _ := file.Info(from.name); dtype != "F32" || shape.ByteSize() < least {
		return nil, nil
	}
	section, err := file.Section(from.name)
	if err != nil {
		return nil, err
	}
	m.Words = &Words{section, p.shape[0], p.shape[1]}
	return tensors.FromBuffer(wordsBuffer{m.Words, shape})
}

// Width returns the number of values of a row.
func (w *Words) Width() int { return w.width }

// Lookup reads the rows of the ids into values, row after row. An id without a row is an error, and so
// is a file that was written to since the model was opened.
func (w *Words) Lookup(ids []int32, values []float32) error {
	if len(values) != len(ids)*w.width {
		return fmt.Errorf("bert: %d values for %d word embeddings, expected %d", len(values), len(ids), len(ids)*w.width)
	}
	if err := w.check(); err != nil {
		return err
	}
	raw := make([]byte, 4*w.width)
	for i, id := range ids {
		row := values[i*w.width : (i+1)*w.width]
		if i > 0 && id == ids[i-1] { // padding
			copy(row, values[(i-1)*w.width:])
			continue
		}
		if id < 0 || int(id) >= w.rows {
			return fmt.Errorf("bert: token %d, expected 0 to %d, the rows of the word embeddings", id, w.rows-1)
		}
		if err := w.read(row, raw, int(id)); err != nil {
			return err
		}
	}
	return nil
}

// Tensor reads the rows of the ids into a tensor [dims..., width], float32: the input of
// [Encoder.WithWords]. The product of dims is the number of ids. The errors are those of Lookup.
func (w *Words) Tensor(ids []int32, dims ...int) (*tensors.Tensor, error) {
	t := tensors.FromShape(shapes.Make(dtypes.Float32, append(slices.Clone(dims), w.width)...))
	var err error
	accessErr := t.MutableFlatData(func(flat any) { err = w.Lookup(ids, flat.([]float32)) })
	return t, errors.Join(err, accessErr)
}

// read reads values from the row of the first of them on, over raw, which has 4 bytes for each.
func (w *Words) read(values []float32, raw []byte, row int) error {
	if _, err := w.section.ReadAt(raw, 4*int64(row)*int64(w.width)); err != nil {
		return fmt.Errorf("bert: word embedding %d: %w", row, err)
	}
	safetensors.DecodeFloat32(values, raw)
	return nil
}

// check refuses a file that is closed, or was written to since the model was opened.
func (w *Words) check() error {
	err := w.section.Unchanged()
	switch {
	case errors.Is(err, fs.ErrClosed):
		return fmt.Errorf("bert: the file of the word embeddings is closed, and so is what was opened with the model: open it again (%w)", err)
	case err != nil:
		return fmt.Errorf("bert: %w", err)
	}
	return nil
}

// ForgetWords frees the copy of the word embeddings that a reader of their variable has made, if they are in
// their file (Options.WordsInFile): the next reader reads the file again. After a read that failed it must be
// called, since the variable has no values then, and GoMLX's tensor does not remember the error.
func (m *Model) ForgetWords() {
	if m.Words == nil {
		return
	}
	if value, err := m.Variable(WordEmbeddings).Value(); err == nil {
		value.FinalizeLocal()
	}
}

// Close closes the file. It has no effect on a nil Words.
func (w *Words) Close() error {
	if w == nil {
		return nil
	}
	return w.section.Close()
}

// wordsBuffer is a buffer of GoMLX that reads the word embeddings when they are copied. It belongs to
// no engine, so that the execution of a graph with it as an input is an error.
type wordsBuffer struct {
	words *Words
	shape shapes.Shape
}

var _ compute.Buffer = wordsBuffer{}

func (b wordsBuffer) Backend() compute.Backend                               { return noBackend{} }
func (b wordsBuffer) Finalize() error                                        { return nil } // Words.Close does
func (b wordsBuffer) Shape() (shapes.Shape, error)                           { return b.shape, nil }
func (b wordsBuffer) DeviceNum() (compute.DeviceNum, error)                  { return 0, nil }
func (b wordsBuffer) Data() (any, error)                                     { return nil, errInFile }
func (b wordsBuffer) CopyToDevice(compute.DeviceNum) (compute.Buffer, error) { return nil, errInFile }

// ToFlatData implements compute.Buffer. After an error the values are NaN: the caller's tensor keeps them
// (see ForgetWords), and zeros would pass for weights.
func (b wordsBuffer) ToFlatData(flat any) (err error) {
	values, ok := flat.([]float32)
	if !ok || len(values) != b.shape.Size() {
		return fmt.Errorf("bert: the word embeddings are float32 %v, found a slice %T", b.shape.Dimensions, flat)
	}
	defer func() {
		for i := range values {
			if err == nil {
				return
			}
			values[i] = float32(math.NaN())
		}
	}()
	if err := b.words.check(); err != nil {
		return err
	}
	raw := make([]byte, 4*b.words.width)
	for i := range b.words.rows {
		if err := b.words.read(values[i*b.words.width:(i+1)*b.words.width], raw, i); err != nil {
			return err
		}
	}
	return nil
}

// errInFile is the error of a use of the word embeddings that needs them in memory.
var errInFile = errors.New("bert: the word embeddings are in their file (Options.WordsInFile): a graph needs their rows as an input, see Encoder.WithWords")

// noBackend is the engine of a wordsBuffer.
type noBackend struct{ compute.Backend }

func (noBackend) Name() string           { return "file" }
func (noBackend) String() string         { return "file" }
func (noBackend) Description() string    { return "word embeddings in their file" }
func (noBackend) IsFinalized() bool      { return false }
func (noBackend) HasSharedBuffers() bool { return false }
