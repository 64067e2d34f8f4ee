package certificate

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// rounding is the largest relative difference of two computations of a metric from the same
// predictions: processors with a fused multiplication and addition round sums differently.
const rounding = 1e-9

// compareJSON lists the fields of expected that found lacks or has with another value, numbers by
// more than rounding. Fields that only found has are new ones of a later version.
func compareJSON(expected, found any) ([]string, error) {
	a, err := toAny(expected)
	if err != nil {
		return nil, err
	}
	b, err := toAny(found)
	if err != nil {
		return nil, err
	}
	return differences("", a, b), nil
}

func toAny(v any) (out any, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(text, &out)
}

func differences(path string, a, b any) (list []string) {
	different := func() []string {
		name := path
		if name == "" {
			name = "the value"
		}
		return []string{fmt.Sprintf("%s is %s, computed again %s", name, jsonText(a), jsonText(b))}
	}
	switch x := a.(type) {
	case nil:
		return nil
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return different()
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			at := key
			if path != "" {
				at = path + "." + key
			}
			list = append(list, differences(at, x[key], y[key])...)
		}
		return list
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return different()
		}
		for i := range x {
			list = append(list, differences(fmt.Sprintf("%s[%d]", path, i), x[i], y[i])...)
		}
		return list
	case float64:
		if y, ok := b.(float64); ok && near(x, y) {
			return nil
		}
		return different()
	}
	if a != b {
		return different()
	}
	return nil
}

// near reports whether two numbers differ by rounding at most.
func near(x, y float64) bool {
	return x == y || math.Abs(x-y) <= rounding*max(1, math.Abs(x), math.Abs(y))
}

// jsonText is the beginning of a value's JSON.
func jsonText(v any) string {
	const most = 120
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
