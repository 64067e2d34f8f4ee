package googlebert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/tfcheckpoint"
)

// Checkpoint is a release's TensorFlow checkpoint under Hugging Face's names and in Hugging
// Face's layout: a projection is [out, in], where the file stores [in, out].
type Checkpoint struct {
	*tfcheckpoint.File
	fileNames map[string]string // Hugging Face's name -> the file's name
}

// Checkpoint opens the release's checkpoint. Tensors of the optimizer are left out.
func (r *Release) Checkpoint() (*Checkpoint, error) {
	file, err := tfcheckpoint.Open(r.prefix)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{file, map[string]string{}}
	for _, name := range file.Names() {
		if isOptimizerState(name) {
			continue
		}
		hub := hubName(name)
		if _, twice := c.fileNames[hub]; twice {
			hub = name // the caller reports it as unexpected
		}
		c.fileNames[hub] = name
	}
	return c, nil
}

// Names returns the tensors' names, sorted.
func (c *Checkpoint) Names() []string { return slices.Sorted(maps.Keys(c.fileNames)) }

// isTransposed reports whether the file stores a tensor with its two axes swapped.
func isTransposed(fileName string, shape []int) bool {
	return strings.HasSuffix(fileName, "/kernel") && len(shape) == 2
}

// Info returns the type and the shape of a tensor.
func (c *Checkpoint) Info(name string) (dtype string, shape []int, ok bool) {
	fileName := c.fileNames[name]
	dtype, shape, ok = c.File.Info(fileName)
	if isTransposed(fileName, shape) {
		slices.Reverse(shape)
	}
	return dtype, shape, ok
}

// Float32 returns the values of a tensor, row by row.
func (c *Checkpoint) Float32(name string) ([]float32, error) {
	fileName := c.fileNames[name]
	values, err := c.File.Float32(fileName)
	if _, shape, _ := c.File.Info(fileName); err == nil && isTransposed(fileName, shape) {
		values = transpose(values, shape[0], shape[1])
	}
	return values, err
}

// ReadFloat32 is [Checkpoint.Float32] into values, whose length must be the tensor's number of
// elements.
func (c *Checkpoint) ReadFloat32(name string, values []float32) error {
	read, err := c.Float32(name)
	if err != nil {
		return err
	}
	if len(read) != len(values) {
		return fmt.Errorf("%s: tensor %s has %d elements, expected %d", c.Path(), name, len(read), len(values))
	}
	copy(values, read)
	return nil
}

// transpose turns [rows, columns] into [columns, rows], in squares that fit into the
// processor's cache.
func transpose(values []float32, rows, columns int) []float32 {
	const side = 32
	out := make([]float32, len(values))
	for top := 0; top < rows; top += side {
		for left := 0; left < columns; left += side {
			for r := top; r < min(top+side, rows); r++ {
				for c := left; c < min(left+side, columns); c++ {
					out[c*rows+r] = values[r*columns+c]
				}
			}
		}
	}
	return out
}
