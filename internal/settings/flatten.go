package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Flatten returns the leaves of a configuration's JSON form as text, by their paths:
// "training.learning_rate". A list is one leaf, with commas between its elements.
func Flatten(configuration any) (map[string]string, error) {
	text, err := json.Marshal(configuration)
	if err != nil {
		return nil, err
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a seed of 2^53+1 is not 2^53
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	out := map[string]string{}
	flatten("", tree, out)
	return out, nil
}

func flatten(path string, value any, out map[string]string) {
	switch x := value.(type) {
	case map[string]any:
		for name, v := range x {
			flatten(strings.TrimPrefix(path+"."+name, "."), v, out)
		}
	case []any:
		parts := make([]string, len(x))
		for i, part := range x {
			parts[i] = fmt.Sprint(part)
			if _, ok := part.(map[string]any); ok { // as the stages of a pre-training
				text, _ := json.Marshal(part) // decoded from JSON: it has no way to fail
				parts[i] = string(text)
			}
		}
		out[path] = strings.Join(parts, ",")
	case nil:
		out[path] = ""
	default:
		out[path] = fmt.Sprint(x)
	}
}
