package duplicates

// groups numbers the examples of a part by their connected duplicates.
func (f *finder) groups(part int, kind Kind) []int {
	classOf := f.letters[part]
	if kind == Exact {
		classOf = f.exact[part]
	}
	joined := newForest(len(f.leads))
	if kind == Near {
		for class, list := range f.near {
			for _, n := range list {
				joined.join(int32(n.class), int32(class))
			}
		}
	}
	numbers := map[int]int{}
	groups := make([]int, len(classOf))
	for i, class := range classOf {
		if kind == Near {
			class = int(joined.root(int32(class)))
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
