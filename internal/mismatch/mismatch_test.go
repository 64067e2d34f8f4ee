package mismatch

import "testing"

func TestList(t *testing.T) {
	shapes := []Misshapen{
		{Name: "a", Found: []int{2, 3}, Want: []int{4, 3}},
		{Name: "b", FoundType: "F32", Want: []int{1}},
		{Name: "c", FoundType: "F32", Found: []int{2}, WantType: "I64", Want: nil},
	}
	for _, c := range []struct {
		kinds []Kind
		want  string
	}{
		{nil, ""},
		{[]Kind{{"missing", nil}, {"unexpected", nil}}, ""},
		{[]Kind{{"missing", []string{"x", "y"}}, {"unexpected", nil}, {"of another base", []string{"z"}}}, "2 missing: x, y; 1 of another base: z"},
		{[]Kind{{"of another shape", Texts(shapes)}}, "3 of another shape: a: is [2 3], expected [4 3], b: is F32 [], expected [1], c: is F32 [2], expected I64 []"},
	} {
		if got := List(c.kinds...); got != c.want {
			t.Errorf("got %q, expected %q", got, c.want)
		}
	}
}
