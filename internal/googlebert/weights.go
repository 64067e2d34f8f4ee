package googlebert

import (
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/tfcheckpoint"
)

// checkpoint is a checkpoint of TensorFlow under the hub's names and in its layout:
// projections, [in, out] there, are [out, in].
type checkpoint struct {
	*tfcheckpoint.File
	within map[string]string // the hub's name -> the file's
}

func OpenCheckpoint(prefix string) (*checkpoint, error) {
	file, err := tfcheckpoint.Open(prefix)
	if err != nil {
		return nil, err
	}
	c := &checkpoint{file, map[string]string{}}
	for _, name := range file.Names() {
		if OfTraining(name) {
			continue
		}
		hub := HubName(name)
		if _, twice := c.within[hub]; twice {
			hub = name // no tensor of a network: it is named as unexpected
		}
		c.within[hub] = name
	}
	return c, nil
}

// Names lists the hub's names.
func (c *checkpoint) Names() []string { return slices.Sorted(maps.Keys(c.within)) }

// transposed reports whether a tensor lies the other way round in the file.
func transposed(name string, shape []int) bool {
	return strings.HasSuffix(name, "/kernel") && len(shape) == 2
}

// Info tells a tensor's shape in the hub's layout.
func (c *checkpoint) Info(name string) (dtype string, shape []int, ok bool) {
	dtype, shape, ok = c.File.Info(c.within[name])
	if transposed(c.within[name], shape) {
		slices.Reverse(shape)
	}
	return dtype, shape, ok
}

// Float32 reads a tensor in the hub's layout.
func (c *checkpoint) Float32(name string) ([]float32, error) {
	within := c.within[name]
	values, err := c.File.Float32(within)
	if _, shape, _ := c.File.Info(within); err == nil && transposed(within, shape) {
		values = Transpose(values, shape[0], shape[1])
	}
	return values, err
}

// Transpose turns [rows, columns] into [columns, rows], in squares that stay in the
// processor's cache.
func Transpose(values []float32, rows, columns int) []float32 {
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
