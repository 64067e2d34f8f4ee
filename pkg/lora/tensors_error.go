package lora

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/mismatch"
)

// TensorsError lists every tensor of an adapter_model.safetensors that does not fit the model
// and the settings.
type TensorsError struct {
	Path       string      // the file
	Missing    []string    // names of tensors that the file lacks
	Unexpected []string    // names of tensors that the adapter does not have
	Misshapen  []Misshapen // tensors of another shape
	NotFinite  []string    // names of tensors with an infinite value or NaN
	Misplaced  []string    // names of tensors with indices outside of the weight
	Different  []string    // names of copies of weights of another base model
}

// orNil is nil where no tensor is listed.
func (e *TensorsError) orNil() error {
	if len(e.Missing)+len(e.Unexpected)+len(e.Misshapen)+len(e.NotFinite)+len(e.Misplaced)+len(e.Different) == 0 {
		return nil
	}
	return e
}

// Misshapen is a tensor with another shape than the model requires.
type Misshapen = mismatch.Misshapen

// Error implements error. It is one sentence where the model of the adapter had another width
// or number of layers, and otherwise names all tensors.
func (e *TensorsError) Error() string {
	text := e.otherModel()
	if text == "" {
		text = mismatch.List(
			mismatch.Kind{Name: "missing", Tensors: e.Missing}, mismatch.Kind{Name: "unexpected", Tensors: e.Unexpected},
			mismatch.Kind{Name: "of another shape", Tensors: mismatch.Texts(e.Misshapen)},
			mismatch.Kind{Name: "with values that are not finite", Tensors: e.NotFinite},
			mismatch.Kind{Name: "with indices outside of the weight", Tensors: e.Misplaced},
			mismatch.Kind{Name: "of another base model", Tensors: e.Different})
	}
	return fmt.Sprintf("lora: %s does not fit the model: %s", e.Path, text)
}

// fewNames is the number of tensors up to which all are named.
const fewNames = 3

// otherModel is a sentence about the model of the adapter, where another width or number of
// layers explains all tensors that do not fit; otherwise it is empty.
func (e *TensorsError) otherModel() string {
	if len(e.Missing)+len(e.Unexpected)+len(e.Misshapen) <= fewNames {
		return ""
	}
	var its, ours []string
	if found, want, ok := e.widths(); ok {
		its, ours = append(its, fmt.Sprintf("width %d", found)), append(ours, fmt.Sprintf("width %d", want))
	} else if len(e.Misshapen) > 0 {
		return ""
	}
	missing, unexpected := layersOf(e.Missing), layersOf(e.Unexpected)
	switch {
	case len(missing) > 0 && len(e.Unexpected) == 0 && missing[0] > 0:
		its, ours = append(its, fmt.Sprintf("%d layers", missing[0])), append(ours, fmt.Sprintf("%d", missing[len(missing)-1]+1))
	case len(unexpected) > 0 && len(e.Missing) == 0 && unexpected[0] > 0:
		its, ours = append(its, fmt.Sprintf("%d layers", unexpected[len(unexpected)-1]+1)), append(ours, fmt.Sprintf("%d", unexpected[0]))
	case len(e.Missing)+len(e.Unexpected) > 0:
		return ""
	}
	return fmt.Sprintf("the adapter was made for a model with %s, this one has %s: open it with its own base", strings.Join(its, " and "), strings.Join(ours, " and "))
}

// widths returns the width of the adapter's model and of this one: the pair in which most of
// the misshapen tensors differ, if at least half of them do.
func (e *TensorsError) widths() (found, want int, ok bool) {
	counts := map[[2]int]int{}
	for _, m := range e.Misshapen {
		if len(m.Found) != len(m.Want) {
			return 0, 0, false
		}
		seen := map[[2]int]bool{}
		for i := range m.Found {
			if pair := [2]int{m.Found[i], m.Want[i]}; pair[0] != pair[1] && !seen[pair] && !isRank(m.Name, i) {
				counts[pair]++
				seen[pair] = true
			}
		}
	}
	best := [2]int{}
	for pair, n := range counts {
		if n > counts[best] || n == counts[best] && pair[0] < best[0] {
			best = pair
		}
	}
	return best[0], best[1], counts[best] > 0 && 2*counts[best] >= len(e.Misshapen)
}

// isRank reports whether an axis of a tensor is the rank of a matrix, which does not depend on
// the model.
func isRank(name string, axis int) bool {
	for i, matrix := range []string{"lora_A.weight", "lora_B.weight", "lora_embedding_A", "lora_embedding_B"} {
		if strings.HasSuffix(name, matrix) {
			return axis == i%2
		}
	}
	return false
}

var layerNumber = regexp.MustCompile(`\.(\d+)\.`)

// layersOf returns the numbers of the layers that the tensors are in, sorted; none where one
// is in no layer, or the numbers have a gap.
func layersOf(names []string) []int {
	var layers []int
	for _, name := range names {
		match := layerNumber.FindStringSubmatch(name)
		if match == nil {
			return nil
		}
		n, err := strconv.Atoi(match[1])
		if err != nil {
			return nil
		}
		layers = append(layers, n)
	}
	slices.Sort(layers)
	layers = slices.Compact(layers)
	if n := len(layers); n > 0 && layers[n-1]-layers[0] != n-1 {
		return nil
	}
	return layers
}
