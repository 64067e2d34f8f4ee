package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
)

// readLabels reads the class names. id2label has the keys 0 to n-1, written as strings; a name
// that is a number is taken by its digits. Without id2label, num_labels gives transformers'
// names. A contradiction between the two is an error: transformers 5 ignores id2label then,
// and transformers 4 num_labels.
func readLabels(raw map[string]json.RawMessage) ([]string, error) {
	numbered, err := numberedLabels(raw["num_labels"])
	text, ok := raw["id2label"]
	if !ok || string(text) == "null" || err != nil {
		return numbered, err
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal(text, &named); err != nil {
		return nil, &ConfigError{Field: "id2label", Reason: "is not an object, expected {\"0\": \"name\", ...}"}
	}
	var problems []error
	invalid := func(format string, args ...any) {
		problems = append(problems, &ConfigError{Field: "id2label", Reason: fmt.Sprintf(format, args...)})
	}
	labels, taken := make([]string, len(named)), make([]bool, len(named))
	for _, key := range slices.Sorted(maps.Keys(named)) {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(named) || taken[i] {
			invalid("has the key %q, expected the numbers 0 to %d, once each", key, len(named)-1)
			continue
		}
		taken[i] = true
		if labels[i], err = labelName(named[key]); err != nil {
			invalid("label %d is %s, expected a name or a number", i, named[key])
		} else if labels[i] == "" {
			invalid("label %d is empty, expected a name", i)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if numbered != nil && len(numbered) != len(labels) {
		return nil, &ConfigError{Field: "num_labels", Reason: fmt.Sprintf("is %d, expected %d, the number of classes in id2label: remove the field that is wrong", len(numbered), len(labels))}
	}
	return labels, nil
}

// labelName returns the class name in a value of id2label: a string, or the digits of a
// number.
func labelName(value json.RawMessage) (name string, err error) {
	var number json.Number
	if err := json.Unmarshal(value, &name); err == nil && string(value) != "null" {
		return name, nil
	}
	if err := json.Unmarshal(value, &number); err != nil || number == "" {
		return "", fmt.Errorf("%s is no name", value)
	}
	return number.String(), nil
}

// numberedLabels returns transformers' names for num_labels classes; nil without
// num_labels.
func numberedLabels(text json.RawMessage) ([]string, error) {
	if text == nil || string(text) == "null" {
		return nil, nil
	}
	var n int
	const most = 1_000_000 // limits the memory of the names
	if err := json.Unmarshal(text, &n); err != nil || n < 0 || n > most {
		return nil, &ConfigError{Field: "num_labels", Reason: fmt.Sprintf("is %s, expected a number from 0 to %d", text, most)}
	}
	return unnamedLabels(n), nil
}

// unnamedLabels returns transformers' names for n classes without names.
func unnamedLabels(n int) []string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf("LABEL_%d", i)
	}
	return labels
}

// writeLabels sets the fields of config.json that name the classes. Fields that were read
// and name the same classes stay unchanged.
func (c Config) writeLabels(out map[string]any) {
	if len(c.Labels) == 0 {
		return
	}
	id2label, label2id := map[string]string{}, map[string]int{}
	for i, name := range c.Labels {
		id2label[strconv.Itoa(i)] = name
		label2id[name] = i
	}
	if read, err := readLabels(c.raw); err != nil || !slices.Equal(read, c.Labels) || c.raw["id2label"] == nil {
		out["id2label"] = id2label
	}
	var before map[string]int
	if err := json.Unmarshal(c.raw["label2id"], &before); err != nil || !reflect.DeepEqual(before, label2id) {
		out["label2id"] = label2id
	}
	if _, ok := out["num_labels"]; ok {
		out["num_labels"] = len(c.Labels)
	}
}
