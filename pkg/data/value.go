package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// value is the value of a field of a record.
type value struct {
	text string // a string, or a number in decimal digits; "" if there is none
	// number reports whether the file types the value as a number. A label that is a number
	// is the index of a class, and never a name.
	number bool
}

func number(digits string) value { return value{digits, true} }

// set sets a field by its name.
func (r *record) set(name string, v value) (err error) {
	switch name {
	case "text":
		r.text = v.text
	case "label":
		if v.number && !isInteger(v.text) {
			return fmt.Errorf("label is %.40s: expected an integer or a name", v.text)
		}
		r.label = v
	case "id":
		r.id = v.text
	case "split":
		r.split = v.text
	case "rating":
		r.rating, err = parseRating(v.text)
	}
	return err
}

// parseRating parses a number of stars, 0 for a missing one.
func parseRating(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
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
