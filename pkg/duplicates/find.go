package duplicates

import (
	"context"
	"crypto/sha256"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
)

// finder groups examples by their letters, and finds the groups that are near duplicates.
type finder struct {
	parts    []Part
	exact    [][]int           // group of identical texts, by part and index
	letters  [][]int           // group of texts with the same letters, likewise
	first    [][]int           // index of the first example, by part and group of letters; -1: none
	same     [][]int           // the same, by part and group of identical texts
	leads    []example         // first example, by group of letters
	others   []example         // first example with another label than the lead's, or the lead; likewise
	near     [][]nearDuplicate // by group of letters
	repeated *repeatFilter
}

// example identifies an example.
type example struct{ part, index int }

// texts are the texts of an example; pair is empty for a single text.
type texts struct{ text, pair string }

// classify groups the examples.
func (f *finder) classify(ctx context.Context) error {
	exact, letters := map[texts]int{}, map[[sha256.Size]byte]int{}
	var print fingerprinter
	size := 0
	for _, part := range f.parts {
		for _, r := range part.Examples {
			size += (len(r.Text) + len(r.TextPair)) / 5
		}
	}
	f.repeated = newRepeatFilter(size)
	for p, part := range f.parts {
		exactOf, lettersOf := make([]int, len(part.Examples)), make([]int, len(part.Examples))
		for i, r := range part.Examples {
			if err := ctx.Err(); err != nil {
				return err
			}
			both := texts{r.Text, r.TextPair}
			class, seen := exact[both]
			if !seen {
				class = len(exact)
				exact[both] = class
			}
			exactOf[i] = class
			sum, shingles := print.readPair(r)
			class, seen = letters[sum]
			if !seen {
				class = len(letters)
				letters[sum] = class
				f.leads = append(f.leads, example{p, i})
				f.others = append(f.others, example{p, i})
				for _, s := range shingles {
					f.repeated.add(s)
				}
			}
			if lead := f.leads[class]; f.others[class] == lead && differ(f.at(lead), r) {
				f.others[class] = example{p, i}
			}
			lettersOf[i] = class
		}
		f.exact, f.letters = append(f.exact, exactOf), append(f.letters, lettersOf)
	}
	for p := range f.parts {
		f.same = append(f.same, firstIndices(f.exact[p], len(exact)))
		f.first = append(f.first, firstIndices(f.letters[p], len(letters)))
	}
	return nil
}

// firstIndices returns the first index of each class, and -1 for a class that does not occur.
func firstIndices(classOf []int, classes int) []int {
	first := make([]int, classes)
	for i := range first {
		first[i] = -1
	}
	for i, class := range classOf {
		if first[class] < 0 {
			first[class] = i
		}
	}
	return first
}

// compare finds the near duplicates among the groups by their first examples.
func (f *finder) compare(ctx context.Context) error {
	f.near = make([][]nearDuplicate, len(f.leads))
	var print fingerprinter
	x := &nearIndex{repeated: f.repeated, postings: map[uint64][]int32{}}
	for class, lead := range f.leads {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := f.at(lead)
		_, shingles := print.readPair(r)
		for _, c := range x.add(class, shingles, r.TextPair != "") {
			f.near[class] = append(f.near[class], c)
			f.near[c.class] = append(f.near[c.class], nearDuplicate{class, c.similarity})
		}
	}
	return nil
}

func (f *finder) at(e example) data.Example { return f.parts[e.part].Examples[e.index] }

// duplicateIn returns the closest duplicate of an example in a part; in its own part an earlier
// example.
func (f *finder) duplicateIn(part, index, in int) (p Pair, ok bool) {
	counts := func(first int) bool { return first >= 0 && (in != part || first < index) }
	pair := func(first int, kind Kind, similarity float64) (Pair, bool) {
		return f.pair(example{part, index}, example{in, first}, kind, similarity), true
	}
	if first := f.same[in][f.exact[part][index]]; counts(first) {
		return pair(first, Exact, 1)
	}
	class := f.letters[part][index]
	if first := f.first[in][class]; counts(first) {
		return pair(first, Letters, 1)
	}
	best, nearest := 0.0, -1
	for _, n := range f.near[class] {
		if first := f.first[in][n.class]; counts(first) && n.similarity > best {
			best, nearest = n.similarity, first
		}
	}
	if nearest < 0 {
		return p, false
	}
	return pair(nearest, Near, best)
}

func (f *finder) result() *Result {
	d := &Result{Counts: []Count{}, found: f}
	for part := range f.parts {
		for in := range f.parts {
			if c := f.count(part, in); c.Total() > 0 {
				d.Counts = append(d.Counts, c)
			}
		}
	}
	f.contradictions(d)
	return d
}

func (f *finder) count(part, in int) Count {
	c := Count{Part: f.parts[part].Name, In: f.parts[in].Name}
	for i := range f.parts[part].Examples {
		pair, ok := f.duplicateIn(part, i, in)
		if !ok {
			continue
		}
		switch pair.Kind {
		case Exact:
			c.Exact++
		case Letters:
			c.Letters++
		case Near:
			c.Near++
		}
		if len(c.Examples) < maxPairs {
			c.Examples = append(c.Examples, pair)
		}
	}
	return c
}

// contradictions counts the examples that have a duplicate with another label.
func (f *finder) contradictions(d *Result) {
	for part := range f.parts {
		for i := range f.parts[part].Examples {
			pair, ok := f.contradiction(example{part, i})
			if !ok {
				continue
			}
			d.Contradicting++
			if len(d.Contradictions) < maxPairs {
				d.Contradictions = append(d.Contradictions, pair)
			}
		}
	}
}

// contradiction returns a duplicate of an example that has another label.
func (f *finder) contradiction(e example) (p Pair, ok bool) {
	r, class := f.at(e), f.letters[e.part][e.index]
	for _, other := range []example{f.leads[class], f.others[class]} {
		if differ(f.at(other), r) {
			kind := Letters
			if o := f.at(other); o.Text == r.Text && o.TextPair == r.TextPair {
				kind = Exact
			}
			return f.pair(e, other, kind, 1), true
		}
	}
	for _, n := range f.near[class] {
		for _, other := range []example{f.leads[n.class], f.others[n.class]} {
			if differ(f.at(other), r) {
				return f.pair(e, other, Near, n.similarity), true
			}
		}
	}
	return p, false
}

// differ reports whether two examples have different answers.
func differ(a, b data.Example) bool {
	return a.Label != b.Label || a.Value != b.Value || !slices.Equal(a.Labels, b.Labels) || !slices.Equal(a.Tags, b.Tags)
}

func (f *finder) pair(e, other example, kind Kind, similarity float64) Pair {
	return Pair{f.parts[e.part].Name, f.at(e).ID, f.parts[other.part].Name, f.at(other).ID, kind, similarity}
}

// redundant returns the examples with a duplicate in an earlier part, and these together with
// the examples that have an earlier duplicate in the part which stays.
func (f *finder) redundant(part int, kind Kind) (inEarlier, all []int) {
	classOf := f.letters
	if kind == Exact {
		classOf = f.exact
	}
	stays := map[int]bool{} // by class
	for i, class := range classOf[part] {
		before := false
		for in := 0; in < part && !before; in++ {
			c, ok := f.duplicateIn(part, i, in)
			before = ok && c.Kind.atLeast(kind)
		}
		again := stays[class]
		if kind == Near {
			again = again || slices.ContainsFunc(f.near[class], func(n nearDuplicate) bool { return stays[n.class] })
		}
		if before {
			inEarlier = append(inEarlier, i)
		}
		if before || again {
			all = append(all, i)
			continue
		}
		stays[class] = true
	}
	return inEarlier, all
}
