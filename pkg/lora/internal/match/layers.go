package match

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/dlclark/regexp2/v2"
)

// layerFinder finds the layer of a module: the number after the name that one of
// layers_pattern matches, or after any name. The first such number in the module's name
// counts.
type layerFinder struct{ patterns []*regexp2.Regexp }

func newLayerFinder(patterns []string) (*layerFinder, error) {
	f, in := &layerFinder{}, inLayer
	if len(patterns) == 0 { // any name, but not the first
		patterns = []string{`[^.]*`}
		in = surrounding{`\A(?:.*?\.`, inLayer.after, 0, 0}
	}
	for _, pattern := range patterns {
		expr, err := compile("layers_pattern", pattern, in)
		if err != nil {
			return nil, err
		}
		f.patterns = append(f.patterns, expr)
	}
	return f, nil
}

// layer is the number of the module's layer; false where it is in none.
func (f *layerFinder) layer(module string) (int, bool, error) {
	for _, pattern := range f.patterns {
		match, err := pattern.FindStringMatch(module)
		if err != nil {
			return 0, false, fmt.Errorf("lora: layers_pattern on module %s: %w", module, err)
		}
		if match == nil {
			continue
		}
		n, err := strconv.Atoi(match.GroupByName("idx").String())
		return n, err == nil, nil
	}
	return 0, false, nil
}

// CheckLayers is an error for layers to transform in which nothing is adapted. found are the
// layers of all modules that target_modules names.
func CheckLayers(wanted, found, adapted []int) error {
	var missing []int
	for _, n := range wanted {
		if !slices.Contains(adapted, n) {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	reason := "no module that target_modules names is in a numbered layer"
	if len(found) > 0 {
		reason = fmt.Sprintf("no module to adapt is in layer %v: expected %d to %d", missing, slices.Min(found), slices.Max(found))
	}
	return &ConfigError{Field: "layers_to_transform", Value: wanted, Reason: reason}
}
