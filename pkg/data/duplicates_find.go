package data

import (
	"context"
	"crypto/sha256"
	"slices"
)

// duplicateFinder sorts examples into classes of the same letters, and finds the
// classes that are near duplicates of one another.
type duplicateFinder struct {
	parts    []Part
	exact    [][]int      // class of identical texts, by part and place
	letters  [][]int      // class of the same letters
	first    [][]int      // by part and class of the same letters: the place of its first example; -1: none
	same     [][]int      // by part and class of identical texts likewise
	leads    []example    // by class of the same letters: its first example
	others   []example    // likewise: the first with another label than that; the same where there is none
	near     [][]nearCopy // by class of the same letters
	repeated *repeats
}

// example is the place of an example.
type example struct{ part, place int }

// classify sorts the examples into classes.
func (f *duplicateFinder) classify(ctx context.Context) error {
	exact, letters := map[string]int{}, map[[sha256.Size]byte]int{}
	var print fingerprinter
	size := 0
	for _, part := range f.parts {
		for _, r := range part.Reviews {
			size += len(r.Text) / 5
		}
	}
	f.repeated = newRepeats(size)
	for p, part := range f.parts {
		exactOf, lettersOf := make([]int, len(part.Reviews)), make([]int, len(part.Reviews))
		for i, r := range part.Reviews {
			if err := ctx.Err(); err != nil {
				return err
			}
			class, seen := exact[r.Text]
			if !seen {
				class = len(exact)
				exact[r.Text] = class
			}
			exactOf[i] = class
			print.read(r.Text)
			sum := print.lettersSum(r.Text)
			class, seen = letters[sum]
			if !seen {
				class = len(letters)
				letters[sum] = class
				f.leads = append(f.leads, example{p, i})
				f.others = append(f.others, example{p, i})
				for _, s := range print.shingles() {
					f.repeated.add(s)
				}
			}
			if lead := f.leads[class]; f.others[class] == lead && f.at(lead).Label != r.Label {
				f.others[class] = example{p, i}
			}
			lettersOf[i] = class
		}
		f.exact, f.letters = append(f.exact, exactOf), append(f.letters, lettersOf)
	}
	for p := range f.parts {
		f.same = append(f.same, firstPlaces(f.exact[p], len(exact)))
		f.first = append(f.first, firstPlaces(f.letters[p], len(letters)))
	}
	return nil
}

// firstPlaces is the first place of each class, -1 for one that does not occur.
func firstPlaces(classOf []int, classes int) []int {
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

// compare finds the near duplicates among the classes, by their first examples.
func (f *duplicateFinder) compare(ctx context.Context) error {
	f.near = make([][]nearCopy, len(f.leads))
	var print fingerprinter
	x := &nearIndex{repeated: f.repeated, postings: map[uint64][]int32{}}
	for class, lead := range f.leads {
		if err := ctx.Err(); err != nil {
			return err
		}
		print.read(f.at(lead).Text)
		for _, c := range x.add(class, print.shingles()) {
			f.near[class] = append(f.near[class], c)
			f.near[c.class] = append(f.near[c.class], nearCopy{class, c.similarity})
		}
	}
	return nil
}

func (f *duplicateFinder) at(e example) Review { return f.parts[e.part].Reviews[e.place] }

// copyIn is the copy of an example in a part, the closest that there is: of its own
// part an earlier one.
func (f *duplicateFinder) copyIn(part, place, in int) (c Copy, ok bool) {
	counts := func(first int) bool { return first >= 0 && (in != part || first < place) }
	pair := func(first int, kind CopyKind, similarity float64) (Copy, bool) {
		return f.pair(example{part, place}, example{in, first}, kind, similarity), true
	}
	if first := f.same[in][f.exact[part][place]]; counts(first) {
		return pair(first, ExactCopy, 1)
	}
	class := f.letters[part][place]
	if first := f.first[in][class]; counts(first) {
		return pair(first, LettersCopy, 1)
	}
	best, at := 0.0, -1
	for _, n := range f.near[class] {
		if first := f.first[in][n.class]; counts(first) && n.similarity > best {
			best, at = n.similarity, first
		}
	}
	if at < 0 {
		return c, false
	}
	return pair(at, NearCopy, best)
}

func (f *duplicateFinder) result() *Duplicates {
	d := &Duplicates{Counts: []DuplicateCount{}, found: f}
	for part := range f.parts {
		for in := range f.parts {
			if c := f.count(part, in); c.Copies() > 0 {
				d.Counts = append(d.Counts, c)
			}
		}
	}
	f.contradictions(d)
	return d
}

func (f *duplicateFinder) count(part, in int) DuplicateCount {
	c := DuplicateCount{Part: f.parts[part].Name, In: f.parts[in].Name}
	for i := range f.parts[part].Reviews {
		pair, ok := f.copyIn(part, i, in)
		if !ok {
			continue
		}
		switch pair.Kind {
		case ExactCopy:
			c.Exact++
		case LettersCopy:
			c.Letters++
		case NearCopy:
			c.Near++
		}
		if len(c.Examples) < fewCopies {
			c.Examples = append(c.Examples, pair)
		}
	}
	return c
}

// contradictions counts the examples that have a copy with another label.
func (f *duplicateFinder) contradictions(d *Duplicates) {
	for part := range f.parts {
		for i := range f.parts[part].Reviews {
			pair, ok := f.contradiction(example{part, i})
			if !ok {
				continue
			}
			d.Contradicting++
			if len(d.Contradictions) < fewCopies {
				d.Contradictions = append(d.Contradictions, pair)
			}
		}
	}
}

// contradiction is a copy of an example that has another label.
func (f *duplicateFinder) contradiction(e example) (c Copy, ok bool) {
	r, class := f.at(e), f.letters[e.part][e.place]
	for _, other := range []example{f.leads[class], f.others[class]} {
		if f.at(other).Label != r.Label {
			kind := LettersCopy
			if f.at(other).Text == r.Text {
				kind = ExactCopy
			}
			return f.pair(e, other, kind, 1), true
		}
	}
	for _, n := range f.near[class] {
		for _, other := range []example{f.leads[n.class], f.others[n.class]} {
			if f.at(other).Label != r.Label {
				return f.pair(e, other, NearCopy, n.similarity), true
			}
		}
	}
	return c, false
}

func (f *duplicateFinder) pair(e, other example, kind CopyKind, similarity float64) Copy {
	return Copy{f.parts[e.part].Name, f.at(e).ID, f.parts[other.part].Name, f.at(other).ID, kind, similarity}
}

// surplus lists the examples with copies in earlier parts, and with these those that
// repeat an earlier one which stays.
func (f *duplicateFinder) surplus(part int, kind CopyKind) (copies, repeats []int) {
	classOf := f.letters
	if kind == ExactCopy {
		classOf = f.exact
	}
	stays := map[int]bool{} // by class
	for i, class := range classOf[part] {
		before := false
		for in := 0; in < part && !before; in++ {
			c, ok := f.copyIn(part, i, in)
			before = ok && c.Kind.within(kind)
		}
		again := stays[class]
		if kind == NearCopy {
			again = again || slices.ContainsFunc(f.near[class], func(n nearCopy) bool { return stays[n.class] })
		}
		if before {
			copies = append(copies, i)
		}
		if before || again {
			repeats = append(repeats, i)
			continue
		}
		stays[class] = true
	}
	return copies, repeats
}
