package lora

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TensorsError lists every tensor of an adapter_model.safetensors that does not fit the model
// and the settings.
type TensorsError struct {
	Path       string
	Missing    []string
	Unexpected []string
	Misshapen  []Misshapen
	NotFinite  []string // with a value that is infinite or not a number
	Misplaced  []string // indices that are outside of a weight
	Different  []string // copies of weights of another base model
}

// orNil is nil where no tensor is listed.
func (e *TensorsError) orNil() error {
	if len(e.Missing)+len(e.Unexpected)+len(e.Misshapen)+len(e.NotFinite)+len(e.Misplaced)+len(e.Different) == 0 {
		return nil
	}
	return e
}

// Misshapen is a tensor of another shape than the model requires.
type Misshapen struct {
	Name        string
	Want, Found []int
}

// Error implements error. It is one sentence where the model of the adapter had another width
// or number of layers, and otherwise names all tensors.
func (e *TensorsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "lora: %s does not fit the model:", e.Path)
	if sentence := e.otherModel(); sentence != "" {
		return b.String() + " " + sentence
	}
	part := func(what string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, " %d %s: %s;", len(names), what, strings.Join(names, ", "))
		}
	}
	part("missing", e.Missing)
	part("unexpected", e.Unexpected)
	shapes := make([]string, len(e.Misshapen))
	for i, m := range e.Misshapen {
		shapes[i] = fmt.Sprintf("%s expected %v, found %v", m.Name, m.Want, m.Found)
	}
	part("of another shape", shapes)
	part("with values that are not finite", e.NotFinite)
	part("with indices outside of the weight", e.Misplaced)
	part("of another base model", e.Different)
	return strings.TrimSuffix(b.String(), ";")
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
