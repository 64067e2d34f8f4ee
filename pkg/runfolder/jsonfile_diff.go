package runfolder

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Change is a field in which two experiments differ.
type Change struct {
	Path   string // as in experiment.json: "training.learning_rate", "adapter.target_modules[1]"
	Folder string // the folder's value, as JSON; "absent" if the folder has no such field
	Now    string // the current value, in the same form
}

// String returns the path and both values.
func (c Change) String() string {
	return fmt.Sprintf("%s: %s in the folder, %s now", c.Path, c.Folder, c.Now)
}

const absent = "absent"

// diffJSON lists the differences of two JSON values, sorted by path. A missing field equals a
// zero value (0, "", false, null, [], {}): a new field whose zero value has the old behaviour does
// not change earlier experiments.
func diffJSON(folder, now []byte) ([]Change, error) {
	a, err := decodeAny(folder)
	if err != nil {
		return nil, err
	}
	b, err := decodeAny(now)
	if err != nil {
		return nil, err
	}
	changes := diffValues("", a, b, nil)
	slices.SortStableFunc(changes, func(x, y Change) int { return cmp.Compare(x.Path, y.Path) })
	return changes, nil
}

func decodeAny(content []byte) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber() // a seed of 2^53+1 is not 2^53
	err = decoder.Decode(&v)
	return v, err
}

func diffValues(path string, a, b any, changes []Change) []Change {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return diffObjects(path, x, y, changes)
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				changes = diffValues(path+"["+strconv.Itoa(i)+"]", x[i], y[i], changes)
			}
			return changes
		}
	case json.Number:
		if y, ok := b.(json.Number); ok && sameNumber(x, y) {
			return changes
		}
	case string, bool, nil:
		if a == b {
			return changes
		}
	}
	if isZeroJSON(a) && isZeroJSON(b) && (a == nil || b == nil) {
		return changes // a nil list is written as null, an empty one as []
	}
	return append(changes, Change{Path: cmp.Or(path, "the value"), Folder: jsonText(a), Now: jsonText(b)})
}

func diffObjects(path string, a, b map[string]any, changes []Change) []Change {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for key := range keys {
		at := key
		if path != "" {
			at = path + "." + key
		}
		x, inA := a[key]
		y, inB := b[key]
		switch {
		case inA && inB:
			changes = diffValues(at, x, y, changes)
		case inA && !isZeroJSON(x):
			changes = append(changes, Change{Path: at, Folder: jsonText(x), Now: absent})
		case inB && !isZeroJSON(y):
			changes = append(changes, Change{Path: at, Folder: absent, Now: jsonText(y)})
		}
	}
	return changes
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	i, errI := a.Int64()
	j, errJ := b.Int64()
	if errI == nil && errJ == nil {
		return i == j
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

func isZeroJSON(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case bool:
		return !x
	case string:
		return x == ""
	case json.Number:
		return sameNumber(x, "0")
	case []any:
		return len(x) == 0
	case map[string]any:
		for _, member := range x {
			if !isZeroJSON(member) {
				return false
			}
		}
		return true
	}
	return false
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
