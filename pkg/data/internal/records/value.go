package records

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ValueKind is the type of a value in its file.
type ValueKind int

const (
	StringKind ValueKind = iota // a string
	NumberKind                  // a number
	BoolKind                    // true or false
	ListKind                    // a list of values
	ObjectKind                  // a JSON object
	NullKind                    // null, or no field of this name
	FaultKind                   // text is the reason why the value cannot be read
)

func (k ValueKind) String() string {
	return [...]string{"string", "number", "bool", "list", "object", "null", "value that cannot be read"}[k]
}

// Value is the value of a field of a record.
type Value struct {
	// Text is a string, a number in decimal digits, "true" or "false", or the JSON of an
	// object; "" for null and for a list.
	Text string
	Kind ValueKind
	List []Value // of a ListKind
}

// Number returns the value of a number in decimal digits.
func Number(digits string) Value { return Value{Text: digits, Kind: NumberKind} }

// Null is the value of a field that is null or missing.
var Null = Value{Kind: NullKind}

// None reports whether the value is missing.
func (v Value) None() bool { return v.Kind == NullKind || v.Kind == StringKind && v.Text == "" }

// Sample returns the value for error texts, quoted and cut.
func (v Value) Sample() string {
	const most = 40
	text := v.Text
	switch v.Kind {
	case NullKind:
		return "null"
	case ListKind:
		items := make([]string, len(v.List))
		for i, item := range v.List {
			items[i] = item.Sample()
		}
		text = "[" + strings.Join(items, ", ") + "]"
	}
	text = strings.Join(strings.Fields(text), " ")
	if short := []rune(text); len(short) > most {
		text = string(short[:most]) + "..."
	}
	if v.Kind == StringKind {
		return strconv.Quote(text)
	}
	return text
}

// parseRating parses a number of stars, 0 for a missing one.
func parseRating(v Value) (float64, error) {
	text := strings.TrimSpace(v.Text)
	switch {
	case v.None() || text == "":
		return 0, nil
	case v.Kind != StringKind && v.Kind != NumberKind:
		return 0, fmt.Errorf(`field "rating" is a %s: expected a number from 1 to 10`, v.Kind)
	}
	rating, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(rating, 0) {
		return 0, fmt.Errorf(`"rating" is %.40q: expected a number from 1 to 10`, text)
	}
	if math.IsNaN(rating) {
		return 0, nil
	}
	return rating, nil
}

// WholeNumber returns the digits of a number without a fraction, such as "-1" for -1.0 or 2 for
// 2e0, and whether it is one.
func WholeNumber(text string) (string, bool) {
	if IsInteger(text) {
		return text, true
	}
	x, err := strconv.ParseFloat(text, 64)
	const exact = 1 << 53
	if err != nil || x != math.Trunc(x) || math.Abs(x) > exact || !IsDecimal(text) {
		return "", false
	}
	return strconv.FormatInt(int64(x), 10), true
}

// IsDecimal reports whether a text consists of the characters of decimal numbers:
// strconv.ParseFloat also reads hexadecimal numbers, "inf" and "nan".
func IsDecimal(text string) bool {
	return text != "" && strings.Trim(text, "0123456789+-.eE") == "" && strings.ContainsAny(text, "0123456789")
}

// IsInteger reports whether a label is an integer in its canonical form: "01" and "+1" are
// names, and different ones.
func IsInteger(label string) bool {
	n, err := strconv.Atoi(label)
	return err == nil && strconv.Itoa(n) == label
}

// DecimalComma matches a number with a decimal comma.
var DecimalComma = regexp.MustCompile(`^[+-]?[0-9]+,[0-9]+$`)
