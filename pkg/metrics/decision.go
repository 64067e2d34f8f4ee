package metrics

import "slices"

// decision is the comparison of an example's classes with the classes that it was given.
type decision struct {
	hits, missed, extra []int // right and given, only right, only given; each ascending
}

// decide compares two ascending lists of classes.
func decide(right, given []int) decision {
	var d decision
	i, j := 0, 0
	for i < len(right) || j < len(given) {
		switch {
		case j == len(given) || i < len(right) && right[i] < given[j]:
			d.missed = append(d.missed, right[i])
			i++
		case i == len(right) || given[j] < right[i]:
			d.extra = append(d.extra, given[j])
			j++
		default:
			d.hits = append(d.hits, right[i])
			i, j = i+1, j+1
		}
	}
	return d
}

// wrong is the number of classes that were decided wrongly.
func (d decision) wrong() int { return len(d.missed) + len(d.extra) }

func compareDecisions(a, b decision) int {
	if c := slices.Compare(a.hits, b.hits); c != 0 {
		return c
	}
	if c := slices.Compare(a.missed, b.missed); c != 0 {
		return c
	}
	return slices.Compare(a.extra, b.extra)
}

// labelCounts counts decisions by class.
type labelCounts struct {
	examples, exact, wrong  int // exact: examples without a wrong class
	hits, support, answered []int
}

func newLabelCounts(classes int) *labelCounts {
	return &labelCounts{hits: make([]int, classes), support: make([]int, classes), answered: make([]int, classes)}
}

func (c *labelCounts) clear() {
	c.examples, c.exact, c.wrong = 0, 0, 0
	clear(c.hits)
	clear(c.support)
	clear(c.answered)
}

// add counts an example that occurs weight times.
func (c *labelCounts) add(d decision, weight int) {
	c.examples += weight
	c.wrong += weight * d.wrong()
	if d.wrong() == 0 {
		c.exact += weight
	}
	for _, class := range d.hits {
		c.hits[class] += weight
		c.support[class] += weight
		c.answered[class] += weight
	}
	for _, class := range d.missed {
		c.support[class] += weight
	}
	for _, class := range d.extra {
		c.answered[class] += weight
	}
}

// f1 is the F1 of a class, 0 if no example has it or is given it.
func (c *labelCounts) f1(class int) float64 {
	return share(2*c.hits[class], c.support[class]+c.answered[class])
}

// statistics fills in the numbers about all classes.
func (c *labelCounts) statistics(out []float64) {
	hits, all, macro := 0, 0, 0.0
	for class := range c.hits {
		hits += c.hits[class]
		all += c.support[class] + c.answered[class]
		macro += c.f1(class)
	}
	out[statMicroF1] = share(2*hits, all)
	out[statMacroF1] = macro / float64(len(c.hits))
	out[statHamming] = share(c.wrong, c.examples*len(c.hits))
	out[statSubset] = share(c.exact, c.examples)
}
