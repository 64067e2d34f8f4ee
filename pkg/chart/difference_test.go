package chart

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"
)

func optionValues(t *testing.T, c Chart) any {
	t.Helper()
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	var values any
	if err := json.Unmarshal(options, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	return bytes.Equal(x, y)
}

// applied applies changes as swap.js does.
func applied(value, changes any) any {
	if list, ok := changes.([]any); ok {
		return list[0]
	}
	object := changes.(map[string]any)
	if list, ok := value.([]any); ok {
		out := slices.Clone(list)
		if n, ok := object["length"].(int); ok {
			out = append(out, make([]any, max(0, n-len(out)))...)[:n]
		}
		for key, change := range object {
			if i, err := strconv.Atoi(key); err == nil {
				out[i] = applied(out[i], change)
			}
		}
		return out
	}
	out := maps.Clone(value.(map[string]any))
	for key, change := range object {
		if change == nil {
			delete(out, key)
		} else {
			out[key] = applied(out[key], change)
		}
	}
	return out
}

func TestDifference(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{`1`, `2`}, {`{"a":1}`, `{"b":1}`}, {`{"a":[1,2,3]}`, `{"a":[1,5]}`}, {`{"a":[1]}`, `{"a":[1,{"x":2},[3]]}`},
		{`{"a":{"b":[{"c":1}]}}`, `{"a":{"b":[{"c":null}]}}`}, {`[1]`, `{"0":1}`}, {`{"length":1}`, `{"length":2}`}, {`[]`, `[]`},
	} {
		var from, to any
		if json.Unmarshal([]byte(c.from), &from) != nil || json.Unmarshal([]byte(c.to), &to) != nil {
			t.Fatal(c)
		}
		d := difference(from, to)
		if (d == nil) != (c.from == c.to) {
			t.Errorf("%s to %s: %v", c.from, c.to, d)
		} else if d != nil && !equalJSON(t, applied(from, d), to) {
			t.Errorf("%s with %v is not %s", c.from, d, c.to)
		}
	}
}
