// Package dotted converts between the paths of GoMLX's scopes and variables
// (/bert/encoder/layer/0/output/dense/weight) and the dotted names that PyTorch, Hugging Face
// and PEFT give the same modules and tensors (bert.encoder.layer.0.output.dense.weight).
package dotted

import "strings"

// Name returns the dotted name of what lies at a path; the slash at its beginning may be
// left out.
func Name(path string) string {
	return strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", ".")
}

// Path returns the absolute path of a dotted name.
func Path(name string) string { return "/" + strings.ReplaceAll(name, ".", "/") }

// Absolute returns a path with one slash at its beginning.
func Absolute(path string) string { return "/" + strings.TrimPrefix(path, "/") }

// Summary shortens a list of dotted names, for errors. Names that differ in the number of
// their layer only become one: encoder.layer.{0…11}.output.dense. The order stays.
func Summary(names []string) []string {
	type group struct{ first, last string }
	var order []string
	groups := map[string]*group{}
	for _, name := range names {
		parts := strings.Split(name, ".")
		number := ""
		for i, part := range parts {
			if part != "" && strings.Trim(part, "0123456789") == "" {
				number, parts[i] = part, "{}"
				break
			}
		}
		pattern := strings.Join(parts, ".")
		if g := groups[pattern]; g != nil {
			g.last = number
			continue
		}
		groups[pattern] = &group{number, number}
		order = append(order, pattern)
	}
	for i, pattern := range order {
		g := groups[pattern]
		numbers := g.first
		if g.last != g.first {
			numbers = "{" + g.first + "…" + g.last + "}"
		}
		order[i] = strings.Replace(pattern, "{}", numbers, 1)
	}
	return order
}
