// Package mismatch describes tensors of a file that do not fit a network. The errors of all
// packages that read weights have its words and its types.
//
//	bad := []mismatch.Misshapen{{Name: "classifier.weight", Found: []int{3, 16}, Want: []int{2, 16}}}
//	fmt.Println(mismatch.List(
//		mismatch.Kind{Name: "missing", Tensors: []string{"classifier.bias"}},
//		mismatch.Kind{Name: "of another shape", Tensors: mismatch.Texts(bad)},
//	)) // 1 missing: classifier.bias; 1 of another shape: classifier.weight: is [3 16], expected [2 16]
package mismatch

import (
	"fmt"
	"strings"
)

// Misshapen is a tensor with another shape or type than the network requires.
type Misshapen struct {
	Name                string
	Found, Want         []int  // shapes
	FoundType, WantType string // types such as "F32"; empty if the type does not matter
}

// String returns "name: is F32 [2 3], expected F32 [4 3]".
func (m Misshapen) String() string {
	return fmt.Sprintf("%s: is %s, expected %s", m.Name, typed(m.FoundType, m.Found), typed(m.WantType, m.Want))
}

// typed writes a shape after its type, if there is one.
func typed(dtype string, shape []int) string {
	return strings.TrimPrefix(fmt.Sprint(dtype, " ", shape), " ")
}

// Texts returns the tensors as text.
func Texts(list []Misshapen) []string {
	texts := make([]string, len(list))
	for i, m := range list {
		texts[i] = m.String()
	}
	return texts
}

// Kind is a kind of mismatch, such as "missing" or "of another shape", and its tensors.
type Kind struct {
	Name    string
	Tensors []string
}

// List returns the kinds that have tensors as text, each with the number and the names of its
// tensors; "" if none has.
func List(kinds ...Kind) string {
	var parts []string
	for _, k := range kinds {
		if len(k.Tensors) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s: %s", len(k.Tensors), k.Name, strings.Join(k.Tensors, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}
