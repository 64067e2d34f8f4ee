package run

import (
	"errors"
	"fmt"
	"go/constant"
	"go/types"
	"math"
	"strconv"
	"strings"
	"time"
)

var durationUnits = []struct {
	name string
	size time.Duration
}{
	{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second},
	{"Millisecond", time.Millisecond}, {"Microsecond", time.Microsecond}, {"Nanosecond", time.Nanosecond},
}

// settable reports whether a value for the type can be written on a command line.
func settable(typ types.Type) bool {
	if typ == nil {
		return false
	}
	if types.Identical(typ, durationType) {
		return true
	}
	basic, ok := typ.(*types.Basic)
	return ok && basic.Info()&(types.IsBoolean|types.IsInteger|types.IsFloat|types.IsString) != 0 && basic.Info()&types.IsUntyped == 0
}

// declaration returns the Go declaration that gives the parameter the value written as
// text, with the type that it has.
func (p Parameter) declaration(text string) (string, error) {
	if p.Type == "" {
		return "", fmt.Errorf("the parameter %s cannot be set: only strings, numbers, booleans and time.Duration can, and its type is %s", p.Name, p.unsettable())
	}
	value, err := p.value(text)
	if err != nil {
		return "", fmt.Errorf("the parameter %s is of type %s, and %q is none: %w", p.Name, p.Type, text, err)
	}
	switch p.Type {
	case "string", "bool", "int", "float64", "time.Duration": // the type that the value implies
		return "var " + p.Name + " = " + value, nil
	}
	return "var " + p.Name + " " + p.Type + " = " + value, nil
}

func (p Parameter) unsettable() string {
	if p.typ == nil || p.typ == types.Typ[types.Invalid] {
		return "not known without running the cell: name it, as in var x string = f()"
	}
	return types.TypeString(p.typ, (*types.Package).Name)
}

func (p Parameter) value(text string) (string, error) {
	if types.Identical(p.typ, durationType) {
		duration, err := time.ParseDuration(text)
		if err != nil {
			return "", errors.New("write it as 90s, 1h30m or 250ms")
		}
		return durationValue(duration), nil
	}
	basic := p.typ.(*types.Basic)
	switch info := basic.Info(); {
	case info&types.IsString != 0:
		return strconv.Quote(text), nil
	case info&types.IsBoolean != 0:
		if text != "true" && text != "false" {
			return "", errors.New("write true or false")
		}
		return text, nil
	case info&types.IsUnsigned != 0:
		number, err := strconv.ParseUint(text, 0, bits(basic))
		return strconv.FormatUint(number, 10), p.explain(err, "a whole number from 0", "3")
	case info&types.IsInteger != 0:
		number, err := strconv.ParseInt(text, 0, bits(basic))
		return strconv.FormatInt(number, 10), p.explain(err, "a whole number", "3")
	}
	number, err := strconv.ParseFloat(text, bits(basic))
	if err == nil && (math.IsInf(number, 0) || math.IsNaN(number)) {
		err = strconv.ErrRange
	}
	value := strconv.FormatFloat(number, 'g', -1, bits(basic))
	if !strings.ContainsAny(value, ".e") {
		value += ".0" // otherwise its type would be int
	}
	return value, p.explain(err, "a number", "0.5")
}

func durationValue(duration time.Duration) string {
	for _, unit := range durationUnits {
		if count := duration / unit.size; count != 0 && duration%unit.size == 0 {
			return fmt.Sprintf("%d * time.%s", count, unit.name)
		}
	}
	return "time.Duration(0)"
}

func bits(basic *types.Basic) int {
	return int(types.SizesFor("gc", "amd64").Sizeof(basic)) * 8
}

// explain replaces strconv's error by what is expected, with an example.
func (p Parameter) explain(err error, expected, example string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, strconv.ErrRange) {
		expected += fmt.Sprintf(" in the range of %s", p.Type)
	}
	if p.constant != nil && (p.constant.Kind() == constant.Int || p.constant.Kind() == constant.Float) && constant.Sign(p.constant) != 0 {
		example = p.constant.String()
	}
	return fmt.Errorf("expected %s, such as -p %s=%s", expected, p.Name, example)
}
