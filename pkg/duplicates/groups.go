package duplicates

// groups numbers the examples of a part by their connected duplicates.
func (f *finder) groups(part int, kind Kind) []int {
	classOf := f.letters[part]
	if kind == Exact {
		classOf = f.exact[part]
	}
	parent := make([]int, len(f.leads))
	for class := range parent {
		parent[class] = class
	}
	root := func(class int) int {
		for parent[class] != class {
			parent[class] = parent[parent[class]]
			class = parent[class]
		}
		return class
	}
	if kind == Near {
		for class, list := range f.near {
			for _, n := range list {
				parent[root(n.class)] = root(class)
			}
		}
	}
	numbers := map[int]int{}
	groups := make([]int, len(classOf))
	for i, class := range classOf {
		if kind == Near {
			class = root(class)
		}
		number, seen := numbers[class]
		if !seen {
			number = len(numbers)
			numbers[class] = number
		}
		groups[i] = number
	}
	return groups
}
