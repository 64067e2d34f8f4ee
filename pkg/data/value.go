package data

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// value is what a field of a record holds.
type value struct {
	text string // a string, or a number in decimal digits; "" if there is none
	// number says that the file types it as a number. A label that is a number is
	// a code, the index of a class, and never the name of one.
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
			return fmt.Errorf("label is %.40s: want an integer or a name", v.text)
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

// parseRating reads a number of stars, 0 if there is none.
func parseRating(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	rating, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(rating, 0) {
		return 0, fmt.Errorf(`"rating" is %.40q: want a number from 1 to 10`, text)
	}
	if math.IsNaN(rating) {
		return 0, nil
	}
	return rating, nil
}
