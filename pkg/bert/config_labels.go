package bert

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// readLabels reads id2label, whose keys are the numbers 0..n-1 written as strings. A name
// that is a number stands for its digits. Where id2label is absent, num_labels gives
// transformers' names. A contradiction between the two is refused: transformers 5 drops
// id2label there, and transformers 4 num_labels.
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
	labels := make([]string, len(named))
	for key, value := range named {
		i, err := strconv.Atoi(key)
		if err != nil || i < 0 || i >= len(named) || labels[i] != "" {
			return nil, &ConfigError{Field: "id2label", Reason: fmt.Sprintf("key %q: expected the numbers 0 to %d, once each", key, len(named)-1)}
		}
		if labels[i], err = labelName(value); err != nil {
			return nil, &ConfigError{Field: "id2label", Reason: fmt.Sprintf("label %d is %s, expected a name or a number", i, value)}
		}
	}
	if i := slices.Index(labels, ""); i >= 0 {
		return nil, &ConfigError{Field: "id2label", Reason: fmt.Sprintf("label %d has no name", i)}
	}
	if numbered != nil && len(numbered) != len(labels) {
		return nil, &ConfigError{Field: "num_labels", Reason: fmt.Sprintf("is %d, but id2label names %d classes: remove the field that is wrong", len(numbered), len(labels))}
	}
	return labels, nil
}

// labelName is the name that a value of id2label gives: a string, or a number as it is
// written.
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

// numberedLabels are the names that transformers gives to as many classes as num_labels
// says; none where it is absent.
func numberedLabels(text json.RawMessage) ([]string, error) {
	if text == nil || string(text) == "null" {
		return nil, nil
	}
	var n int
	const most = 1_000_000 // names take memory, whatever the classifier's size turns out to be
	if err := json.Unmarshal(text, &n); err != nil || n < 0 || n > most {
		return nil, &ConfigError{Field: "num_labels", Reason: fmt.Sprintf("is %s, expected a number from 0 to %d", text, most)}
	}
	return unnamedLabels(n), nil
}

// unnamedLabels are the names that transformers gives to n classes without names.
func unnamedLabels(n int) []string {
	labels := make([]string, n)
	for i := range labels {
		labels[i] = fmt.Sprintf("LABEL_%d", i)
	}
	return labels
}

// writeLabels puts the classes into the fields of config.json: as they were read, where
// they are the same.
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
