package duplicates

// forest joins classes into groups: a disjoint-set forest, the parent of each class.
type forest []int32

// newForest returns n groups of one class each.
func newForest(n int) forest {
	f := make(forest, n)
	for class := range f {
		f[class] = int32(class)
	}
	return f
}

// root returns the class that stands for the group of a class.
func (f forest) root(class int32) int32 {
	for f[class] != class {
		f[class] = f[f[class]]
		class = f[class]
	}
	return class
}

// join joins the groups of two classes.
func (f forest) join(a, b int32) { f[f.root(a)] = f.root(b) }
