package chart

import (
	"image/color"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/words"
)

func effects(words ...Word) WordText { return WordText{Name: "t", Words: words} }

func wordsOf(t *testing.T, texts ...WordText) *words.Figure {
	t.Helper()
	c, err := Words(Labels{Title: "T"}, texts...)
	if err != nil {
		t.Fatal(err)
	}
	return c.figure.(*words.Figure)
}

// Lines keep within the chart's width, whatever the words; words keep their
// order and do not overlap.
func TestWordsFlow(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		var texts []WordText
		for _, name := range names(1 + rng.IntN(maxTexts)) {
			text := WordText{Name: name}
			for range 1 + rng.IntN(100) {
				n := 1 + rng.IntN(12)
				if rng.IntN(30) == 0 {
					n = rng.IntN(300) + 1
				}
				text.Words = append(text.Words, Word{strings.Repeat(string(rune('a'+rng.IntN(26))), n), rng.NormFloat64()})
			}
			texts = append(texts, text)
		}
		w := wordsOf(t, texts...)
		flow, headings, height := w.Flow(canvas.Wide)
		y := 0.0
		for i, line := range flow {
			if len(line) != len(texts[i].Words) || headings[i].Y <= y {
				t.Fatalf("text %d has %d words in the picture, of %d", i, len(line), len(texts[i].Words))
			}
			y = headings[i].Y
			for j, p := range line {
				left, right := p.X-p.Wide/2, p.X+p.Wide/2
				if left < canvas.Margin-words.WordPad-1e-9 || right > canvas.Wide-canvas.Margin+words.WordPad+1e-9 {
					t.Fatalf("%q reaches from %v to %v", p.Text, left, right)
				}
				if inside := canvas.TextStyle(words.WordPt, false, canvas.Ink).Width(p.Text).Points(); inside > p.Wide {
					t.Fatalf("%q is wider than its background", p.Text)
				}
				if word := texts[i].Words[j].Text; p.Text != word && !strings.HasPrefix(word, strings.TrimSuffix(p.Text, "…")) {
					t.Fatalf("word %d is %q, want %q", j, p.Text, word)
				}
				switch {
				case p.Y < y:
					t.Fatalf("%q stands above what came before", p.Text)
				case p.Y == y && left < line[j-1].X+line[j-1].Wide/2:
					t.Fatalf("%q overlaps the word before", p.Text)
				case p.Y > y && j > 0 && line[j-1].X+line[j-1].Wide/2+words.WordGap+p.Wide <= canvas.Wide-canvas.Margin+words.WordPad-1e-9:
					t.Fatalf("%q is on a new line, though it had room", p.Text)
				}
				y = p.Y
			}
		}
		if y+words.WordHigh/2+words.WordStroke > float64(height) {
			t.Fatalf("the last line is at %v of %d", y, height)
		}
	}
}

func TestWordsInOrderOfStrength(t *testing.T) {
	for want, text := range map[string]WordText{
		"b -3, c +2, a +1, d -1": effects(Word{"a", 1}, Word{"b", -3}, Word{"c", 2}, Word{"d", -1}, Word{"e", 0.1}, Word{"f", 0}),
		"joy +0.5":               effects(Word{"\u201cjoy!\u201d", 0.5}),
		"... -0.25":              effects(Word{"...", -0.25}),
		"a +1, b +1, c +1, d +1, e +1, f +1, g +1, h +1, i +1, j +1": func() WordText {
			var all []Word
			for _, name := range names(14) {
				all = append(all, Word{name, 1})
			}
			return effects(all...)
		}(),
		"none, every effect is near 0": effects(Word{"a", 0}),
	} {
		w := wordsOf(t, text)
		if got := w.Strongest(w.Texts[0]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	told := strings.Join(wordsOf(t, effects(Word{"good", 1}, Word{" old\nman,", -1})).Numbers(), "\n")
	if want := "+ raises the answer, - lowers the answer\nt: good old man,\n  strongest: good +1, old man -1"; told != want {
		t.Errorf("got %q, want %q", told, want)
	}
}

// A word is the stronger the larger its effect beside the largest of all texts,
// and plain below an eighth of it.
func TestWordStrengths(t *testing.T) {
	w := wordsOf(t, effects(Word{"a", 0.124}, Word{"b", 0.125}, Word{"c", -0.5}), WordText{Name: "u", Words: []Word{{"d", -1}}})
	flow, _, _ := w.Flow(canvas.Wide)
	for i, want := range []float64{0, 0.125, -0.5} {
		if got := flow[0][i].Strength; math.Abs(got-want) > 1e-12 {
			t.Errorf("word %d has strength %v, want %v", i, got, want)
		}
	}
	mixes := []float64{flow[0][0].Mix(), flow[0][1].Mix(), flow[0][2].Mix(), flow[1][0].Mix()}
	if mixes[0] != 0 || !(mixes[1] >= words.WeakestMix && mixes[1] < mixes[2] && mixes[2] < mixes[3]) || math.Abs(mixes[3]-words.StrongestMix) > 1e-12 {
		t.Errorf("backgrounds have %v of their colours", mixes)
	}
	if flow[0][1].Colour() != 0 || flow[1][0].Colour() != 1 {
		t.Error("positive words are not blue, or negative ones not vermillion")
	}
}

// Words can be read on every background, on any page; lines under them are
// seen on the page.
func TestWordContrast(t *testing.T) {
	jupyter, panel := color.NRGBA{0x11, 0x11, 0x11, 0xFF}, color.NRGBA{0x22, 0x22, 0x22, 0xFF}
	for c := range 2 {
		for share := 0.0; share <= words.StrongestMix; share += 0.01 {
			if r := contrastRatio(canvas.Ink, canvas.Mix(canvas.Paper, canvas.Palette[c], share)); r < 4.5 {
				t.Errorf("%.2f of %s: words have a contrast of %.2f", share, canvas.CSS(canvas.Palette[c]), r)
			}
			if r := contrastRatio(canvas.Dark(canvas.Ink), canvas.Dark(canvas.Mix(canvas.Paper, canvas.Palette[c], share))); r < 4.5 {
				t.Errorf("%.2f of %s: words of the dark picture have a contrast of %.2f", share, canvas.CSS(canvas.Palette[c]), r)
			}
			for _, page := range []color.NRGBA{canvas.DarkPaper, jupyter, panel} {
				if r := contrastRatio(canvas.Dark(canvas.Ink), canvas.Mix(page, canvas.DarkPalette[c], share)); r < 4.5 {
					t.Errorf("%.2f of %s on %s: words have a contrast of %.2f", share, canvas.CSS(canvas.DarkPalette[c]), canvas.CSS(page), r)
				}
			}
		}
	}
}

// Signs are told apart without colour: negative words, and no others, have
// dashes under them, in both pictures.
func TestWordsWithoutColour(t *testing.T) {
	c, err := Words(Labels{Title: "T"}, effects(Word{"a", 1}, Word{"b", -1}, Word{"c", 0.5}, Word{"d", 0}, Word{"e", 0.3}))
	if err != nil {
		t.Fatal(err)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	// One more of each stands in the line that explains them.
	whole, dashed := 0, 0
	for _, stroke := range regexp.MustCompile(`stroke:#[0-9A-F]{6};[^"]*stroke-width:2[^"]*`).FindAllString(string(svg), -1) {
		if strings.Contains(stroke, "dasharray") {
			dashed++
		} else {
			whole++
		}
	}
	if whole != 4 || dashed != 2 {
		t.Errorf("the SVG has %d lines and %d dashed ones, want 4 and 2", whole, dashed)
	}
	for _, want := range []string{`"lineStyle":{"color":"` + canvas.CSS(canvas.Palette[0]) + `","type":"solid"`, `"lineStyle":{"color":"` + canvas.CSS(canvas.Palette[1]) + `","type":[4,2.5]`} {
		if strings.Count(string(options), want) != 1 {
			t.Errorf("the options have %d series with %s, want 1", strings.Count(string(options), want), want)
		}
	}
}

// The pointer over a word brings its effect, signed, and the word as it is.
func TestWordHoverInBrowser(t *testing.T) {
	dom := browser(t)
	library := libraryScript(realLibrary(t))
	c := samples(t)["words"]
	html, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	page := dom(library + html + `<script>
setTimeout(function () {
  var frame = document.querySelector(".lorabook-chart [role=img]"), said = [];
  frame.querySelectorAll("svg text").forEach(function (word) {
    if (["lovely", "dull", "$&", "and", "-"].indexOf(word.textContent) < 0) return;
    var at = word.getBoundingClientRect(), svg = frame.querySelector("svg");
    svg.parentNode.dispatchEvent(new MouseEvent("mousemove", { clientX: (at.left + at.right) / 2, clientY: (at.top + at.bottom) / 2, bubbles: true }));
    said.push(frame.innerText.replace(/\s+/g, " "));
  });
  document.body.innerHTML = "<main></main>";
  document.querySelector("main").textContent = said.join("|");
}, 500);
</script>`)
	_, said, _ := strings.Cut(page, "<main>")
	for _, want := range []string{"lovely: +0.42 towards ", "dull: -0.21 towards negative", "$&amp;: -0.06 towards negative", "and: no effect", "-: +0.1 towards"} {
		if !strings.Contains(said, want) {
			t.Errorf("no word says %q: %.900s", want, said)
		}
	}
}

// A name that is too long for a narrow layout continues on a second line, under the first and
// above the text.
func TestWordsNameOnTwoLines(t *testing.T) {
	const name = "sample-451 is pos: 0.36 before, 0.98 after; predicted pos, 0.98"
	w := wordsOf(t, WordText{Name: name, Words: []Word{{"a", 1}, {"b", -1}}})
	for width, lines := range map[int]int{canvas.Wide: 1, canvas.Least: 2} {
		flow, headings, height := w.Flow(width)
		var all []string
		for i, h := range headings {
			all = append(all, h.Text)
			if i > 0 && h.Y-headings[i-1].Y < 12 {
				t.Errorf("width %d: the lines of the name are at %v and %v", width, headings[i-1].Y, h.Y)
			}
		}
		if len(headings) != lines || strings.Join(all, " ") != name {
			t.Errorf("width %d: %q", width, all)
		}
		if first := flow[0][0].Y; first-headings[len(headings)-1].Y < 12 || float64(height) < first {
			t.Errorf("width %d: the text begins at %v of %d, the name ends at %v", width, first, height, headings[len(headings)-1].Y)
		}
	}
}
