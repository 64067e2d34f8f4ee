package lora

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dustin/go-humanize"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// Report counts the parameters of an adapted model, and the bytes of its file.
type Report struct {
	Bytes     int64 // of adapter_model.safetensors, its header included
	Trainable int   // parameters of matrices or entries, modules to save and biases that learn
	All       int   // parameters as PEFT counts them, see [Adapter.Report]
	Modules   []ModuleReport
}

// ModuleReport counts the trainable parameters of one module.
type ModuleReport struct {
	Module     string // its dotted name
	Rank       int    // of its matrices; 0 for a module that is trained whole, and for SHiRA
	Parameters int
	Bytes      int // of its tensors, as saved
}

// Percent is the trainable share of all parameters, in percent.
func (r Report) Percent() float64 { return 100 * float64(r.Trainable) / float64(r.All) }

// String is the line that PEFT's print_trainable_parameters prints.
func (r Report) String() string {
	return fmt.Sprintf("trainable params: %s || all params: %s || trainable%%: %.4f",
		humanize.Comma(int64(r.Trainable)), humanize.Comma(int64(r.All)), r.Percent())
}

// Report counts parameters as PEFT's print_trainable_parameters does. PEFT trains a copy of
// each module to save and keeps the original, so that All counts such a module twice: with r 8 on query and value, bert-base-cased with 2
// labels has 108,311,810 parameters, its adapter 294,912 and its classifier 1,538,
// and All is 108,608,260. This package keeps no second copy; it counts one so that
// the two reports agree.
//
// It counts the variables of floats that the store had when the adapter was injected. Before
// that the error is [ErrNotInjected].
func (a *Adapter) Report() (Report, error) {
	if a.store == nil {
		return Report{}, ErrNotInjected
	}
	var r Report
	for _, t := range a.layout.Targets {
		m := ModuleReport{Module: t.Name, Rank: t.R, Parameters: t.R * (t.In + t.Out)}
		for _, vector := range []bool{t.Bias, t.DoRA} {
			if vector {
				m.Parameters += t.Out
			}
		}
		m.Bytes = 4 * (m.Parameters + (a.rankFactor()-1)*t.R*(t.In+t.Out)) // float32
		r.Modules = append(r.Modules, m)
	}
	for _, s := range a.layout.sparse {
		r.Modules = append(r.Modules, ModuleReport{Module: s.Name, Parameters: s.entries, Bytes: 12 * s.entriesInFile(a.layout.sparseRank(a.config))}) // a float32 and two int32 for each place in the file
	}
	inBase := 0 // biases that learn: PEFT keeps no second copy of them
	for i, s := range slices.Concat(a.layout.Saved, a.layout.Biases) {
		if i >= len(a.layout.Saved) {
			inBase += s.Variable.Shape().Size()
		}
		i := slices.IndexFunc(r.Modules, func(m ModuleReport) bool { return m.Module == s.Module })
		if i < 0 {
			i = len(r.Modules)
			r.Modules = append(r.Modules, ModuleReport{Module: s.Module})
		}
		r.Modules[i].Parameters += s.Variable.Shape().Size()
		r.Modules[i].Bytes += int(s.Variable.Shape().ByteSize())
	}
	for _, m := range r.Modules {
		r.Trainable += m.Parameters
	}
	r.All = a.layout.base + r.Trainable - inBase
	var err error
	r.Bytes, err = a.fileSize()
	return r, err
}

// fileSize is the size of the file that Save would write, which follows from the shapes.
func (a *Adapter) fileSize() (int64, error) {
	others := map[string]dtypes.DType{} // all other tensors are float32
	for _, s := range a.layout.sparse {
		others[s.keyIndices()] = dtypes.Int32
	}
	for _, s := range slices.Concat(a.layout.Saved, a.layout.Biases) {
		others[s.key] = s.Variable.DType()
	}
	var named []safetensors.Named
	shapeOf := a.layout.shapes(a.config, a.rankFactor())
	for _, key := range slices.Sorted(maps.Keys(shapeOf)) {
		dtype, other := others[key]
		if !other {
			dtype = dtypes.Float32
		}
		n, err := safetensors.FromShape(key, shapes.Make(dtype, shapeOf[key]...))
		if err != nil {
			return 0, fmt.Errorf("lora: %w", err)
		}
		named = append(named, n)
	}
	return safetensors.Size(named, fileMetadata)
}
