package duplicates

import (
	"context"
	"crypto/sha256"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
)

// finder sorts examples into classes of the same letters, and finds the
// classes that are near duplicates of one another.
type finder struct {
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
func (f *finder) classify(ctx context.Context) error {
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
func (f *finder) compare(ctx context.Context) error {
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

func (f *finder) at(e example) data.Review { return f.parts[e.part].Reviews[e.place] }

// copyIn is the copy of an example in a part, the closest that there is: of its own
// part an earlier one.
func (f *finder) copyIn(part, place, in int) (c Pair, ok bool) {
	counts := func(first int) bool { return first >= 0 && (in != part || first < place) }
	pair := func(first int, kind Kind, similarity float64) (Pair, bool) {
		return f.pair(example{part, place}, example{in, first}, kind, similarity), true
	}
	if first := f.same[in][f.exact[part][place]]; counts(first) {
		return pair(first, Exact, 1)
	}
	class := f.letters[part][place]
	if first := f.first[in][class]; counts(first) {
		return pair(first, Letters, 1)
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
	return pair(at, Near, best)
}

func (f *finder) result() *Result {
	d := &Result{Counts: []Count{}, found: f}
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

func (f *finder) count(part, in int) Count {
	c := Count{Part: f.parts[part].Name, In: f.parts[in].Name}
	for i := range f.parts[part].Reviews {
		pair, ok := f.copyIn(part, i, in)
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
		if len(c.Examples) < fewCopies {
			c.Examples = append(c.Examples, pair)
		}
	}
	return c
}

// contradictions counts the examples that have a copy with another label.
func (f *finder) contradictions(d *Result) {
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
func (f *finder) contradiction(e example) (c Pair, ok bool) {
	r, class := f.at(e), f.letters[e.part][e.place]
	for _, other := range []example{f.leads[class], f.others[class]} {
		if f.at(other).Label != r.Label {
			kind := Letters
			if f.at(other).Text == r.Text {
				kind = Exact
			}
			return f.pair(e, other, kind, 1), true
		}
	}
	for _, n := range f.near[class] {
		for _, other := range []example{f.leads[n.class], f.others[n.class]} {
			if f.at(other).Label != r.Label {
				return f.pair(e, other, Near, n.similarity), true
			}
		}
	}
	return c, false
}

func (f *finder) pair(e, other example, kind Kind, similarity float64) Pair {
	return Pair{f.parts[e.part].Name, f.at(e).ID, f.parts[other.part].Name, f.at(other).ID, kind, similarity}
}

// surplus lists the examples with copies in earlier parts, and with these those that
// repeat an earlier one which stays.
func (f *finder) surplus(part int, kind Kind) (copies, repeats []int) {
	classOf := f.letters
	if kind == Exact {
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
		if kind == Near {
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
