package canvas

import (
	"image/color"
	"slices"
	"testing"
)

// A name that is cut is not like a short one with the same first letters.
func TestShortenAllBesideShortNames(t *testing.T) {
	style := TextStyle(TextPt, false, color.Black)
	limit := style.Width("Product damaged on")
	got := ShortenAll([]string{"Praise", "Product damaged on arrival"}, style, limit)
	if want := []string{"Praise", Shorten("Product damaged on arrival", style, limit)}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	if got := ShortenAll([]string{"Product damaged", "Product damaged on arrival"}, style, limit); got[0] != "Product damaged" || got[1] == Shorten("Product damaged on arrival", style, limit) {
		t.Errorf("%q: expected that the names differ where they are seen", got)
	}
}

// A dot and a ring are closed circles in the middle of the place of a line.
func TestPointEntries(t *testing.T) {
	k := PlaceKey([]Entry{{Name: "line"}, {Name: "ring", Point: RingPoint}, {Name: "dot", Point: DotPoint}}, 0, 0, 400)
	for i, radius := range []float64{0, ringRadius, dotRadius} {
		stroke := k.Strokes[i]
		if radius == 0 {
			if len(stroke) != 2 {
				t.Errorf("%v: expected a line", stroke)
			}
			continue
		}
		x := k.Texts[i].Lines[0].X - keyGap - keyStroke/2
		for _, p := range stroke {
			if d := (p[0]-x)*(p[0]-x) + (p[1]-k.Texts[i].Lines[0].Y)*(p[1]-k.Texts[i].Lines[0].Y); d < radius*radius-1e-6 || d > radius*radius+1e-6 {
				t.Errorf("%v is not on the circle around %v", p, x)
			}
		}
		if k.Entries[i].Width() > 2*radius {
			t.Errorf("the stroke of %v is wider than the circle", k.Entries[i].Point)
		}
	}
}
