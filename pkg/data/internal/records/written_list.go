package records

import (
	"encoding/json"
	"fmt"
	"strings"
)

// IsWrittenList reports whether a string has the brackets of a list or a set.
func IsWrittenList(text string) bool {
	return strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") || strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
}

// ParseWrittenList parses a list or a set as Python's str or JSON writes it: pandas writes lists
// into CSV files so.
func ParseWrittenList(text string) ([]Value, error) {
	fault := fmt.Errorf("label is %.60q: expected a list such as ['a', 'b'] or [0, 2]", text)
	inner := strings.TrimSpace(text[1 : len(text)-1])
	var list []Value
	for inner != "" {
		item, rest, ok := cutItem(inner)
		if !ok {
			return nil, fault
		}
		list = append(list, item)
		if inner = strings.TrimSpace(rest); inner == "" {
			break
		}
		if inner[0] == ',' { // NumPy's arrays have no commas
			if inner = strings.TrimSpace(inner[1:]); inner == "" {
				break
			}
		}
	}
	return list, nil
}

// cutItem cuts the first item of a list off: a quoted string or a number.
func cutItem(text string) (item Value, rest string, ok bool) {
	quote := text[0]
	if quote != '\'' && quote != '"' {
		end := strings.IndexAny(text, ", \t\n")
		if end < 0 {
			end = len(text)
		}
		whole, isNumber := WholeNumber(text[:end])
		return Value{Text: whole, Kind: NumberKind}, text[end:], isNumber
	}
	for at := 1; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case quote:
			body := text[1:at]
			if quote == '\'' {
				body = strings.ReplaceAll(strings.ReplaceAll(body, `\'`, `'`), `"`, `\"`)
			}
			var name string
			if json.Unmarshal([]byte(`"`+body+`"`), &name) != nil {
				return Value{}, "", false
			}
			return Value{Text: name}, text[at+1:], true
		}
	}
	return Value{}, "", false
}

// unwritten returns the list that a string is written as, "['a', 'b']", in the brackets of a list, or else the value.
func (v Value) unwritten() Value {
	if !isWrittenList(v) {
		return v
	}
	list, err := ParseWrittenList(strings.TrimSpace(v.Text))
	if err != nil {
		return v
	}
	return Value{Kind: ListKind, List: list}
}

func isWrittenList(v Value) bool {
	text := strings.TrimSpace(v.Text)
	return v.Kind == StringKind && strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")
}
