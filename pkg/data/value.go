package data

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// valueKind is the type of a value in its file.
type valueKind int

const (
	stringKind valueKind = iota
	numberKind
	boolKind
	listKind
	objectKind
	nullKind  // null, or no field of this name
	faultKind // text is the reason why the value cannot be read
)

func (k valueKind) String() string {
	return [...]string{"string", "number", "bool", "list", "object", "null", "value that cannot be read"}[k]
}

// value is the value of a field of a record.
type value struct {
	// text is a string, a number in decimal digits, "true" or "false", or the JSON of an
	// object; "" for null and for a list.
	text string
	kind valueKind
	list []value
}

func number(digits string) value { return value{text: digits, kind: numberKind} }

var null = value{kind: nullKind}

// none reports whether the value is missing.
func (v value) none() bool { return v.kind == nullKind || v.kind == stringKind && v.text == "" }

// sample returns the value for error texts, quoted and cut.
func (v value) sample() string {
	const most = 40
	text := v.text
	switch v.kind {
	case nullKind:
		return "null"
	case listKind:
		items := make([]string, len(v.list))
		for i, item := range v.list {
			items[i] = item.sample()
		}
		text = "[" + strings.Join(items, ", ") + "]"
	}
	text = strings.Join(strings.Fields(text), " ")
	if short := []rune(text); len(short) > most {
		text = string(short[:most]) + "..."
	}
	if v.kind == stringKind {
		return strconv.Quote(text)
	}
	return text
}

// parseRating parses a number of stars, 0 for a missing one.
func parseRating(v value) (float64, error) {
	text := strings.TrimSpace(v.text)
	switch {
	case v.none() || text == "":
		return 0, nil
	case v.kind != stringKind && v.kind != numberKind:
		return 0, fmt.Errorf(`field "rating" is a %s: expected a number from 1 to 10`, v.kind)
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

// wholeNumber returns the digits of a number without a fraction, such as "-1" for -1.0 or 2 for
// 2e0, and whether it is one.
func wholeNumber(text string) (string, bool) {
	if isInteger(text) {
		return text, true
	}
	x, err := strconv.ParseFloat(text, 64)
	const exact = 1 << 53
	if err != nil || x != math.Trunc(x) || math.Abs(x) > exact || !isDecimal(text) {
		return "", false
	}
	return strconv.FormatInt(int64(x), 10), true
}

// isDecimal reports whether a text consists of the characters of decimal numbers:
// strconv.ParseFloat also reads hexadecimal numbers, "inf" and "nan".
func isDecimal(text string) bool {
	return text != "" && strings.Trim(text, "0123456789+-.eE") == "" && strings.ContainsAny(text, "0123456789")
}

// isInteger reports whether a label is an integer in its canonical form: "01" and "+1" are
// names, and different ones.
func isInteger(label string) bool {
	n, err := strconv.Atoi(label)
	return err == nil && strconv.Itoa(n) == label
}

// decimalComma matches a number with a decimal comma.
var decimalComma = regexp.MustCompile(`^[+-]?[0-9]+,[0-9]+$`)
