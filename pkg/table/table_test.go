package table

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/internal/memorytest"
)

func sample() *Table {
	t := New("Adapters", Column{Name: "name"}, Column{Name: "size", Unit: "kB", Format: "%.1f"}, Column{Name: "note"})
	t.Add("r 4", 51.25, "<b>& \"x\"</b>")
	t.Add("größer 語", 1099.0, nil)
	t.Add("none", nil, strings.Repeat("word ", 60)+"end")
	return t
}

func TestText(t *testing.T) {
	got := sample().Text()
	want := `Adapters

name       size, kB  note
---------  --------  ------------------------------------------------------------
r 4            51.2  <b>& "x"</b>
größer 語    1099.0
none                 word word word word word word word word word word word wor …
`
	if got != want {
		t.Errorf("text\n%s", got)
	}
}

func TestMarkdown(t *testing.T) {
	m := New("a|b", Column{Name: "x_y"}, Column{Name: "n"})
	m.Add("1|2\n*3* <script> `c` $x$", 7)
	want := "a\\|b\n\n| x\\_y | n |\n| --- | --: |\n| 1\\|2<br>\\*3\\* &lt;script&gt; \\`c\\` \\$x\\$ | 7 |\n"
	if got := m.Markdown(); got != want {
		t.Errorf("markdown\n%s", got)
	}
}

// The HTML has one table with a caption, a header with scopes, and escaped texts; a long text
// is folded and whole.
func TestHTML(t *testing.T) {
	text := sample().HTML()
	if text != sample().HTML() {
		t.Error("the same table has two forms")
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	var folded string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		key := n.Data
		for _, a := range n.Attr {
			switch a.Key {
			case "scope", "data-value", "align":
				count[n.Data+" "+a.Key+"="+a.Val]++
			}
		}
		count[key]++
		if key == "details" {
			folded = strings.TrimSuffix(content(n.FirstChild), " …") + " " + content(n.LastChild)
		}
	}
	for key, want := range map[string]int{
		"table": 1, "caption": 1, "thead": 1, "tbody": 1, "tr": 4, "script": 1, "b": 0, "details": 1,
		"th scope=col": 3, "th scope=row": 3, "td data-value=51.25": 1, "td data-value=1099": 1,
		"th align=right": 1, "td align=right": 3,
	} {
		if count[key] != want {
			t.Errorf("%d of %q, expected %d", count[key], key, want)
		}
	}
	if !regexp.MustCompile(`<th scope="row" [^>]*white-space:nowrap;[^>]*>größer 語<`).MatchString(text) {
		t.Error("the short name of a row can be broken")
	}
	if want := strings.Repeat("word ", 60) + "end"; folded != want {
		t.Errorf("folded text %q", folded)
	}
}

func content(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return out.String()
}

// A column with a text is neither right-aligned nor sorted by number.
func TestNumericColumns(t *testing.T) {
	m := New("", Column{Name: "a"}, Column{Name: "b"}, Column{Name: "c"}, Column{Name: "d"})
	m.Add(1, 1, nil, math.NaN())
	m.Add(nil, "–", nil, Number{2, "two"})
	for i, want := range []bool{true, false, false, true} {
		if m.isNumeric(i) != want {
			t.Errorf("column %d: %v", i, m.isNumeric(i))
		}
	}
	if h := m.HTML(); strings.Count(h, "data-value=") != 3 || !strings.Contains(h, `data-none="true">NaN`) {
		t.Errorf("NaN has a place in the order:\n%s", h)
	}
}

// A comma in the format groups thousands. Infinity has the value that JavaScript reads, and a
// number stays on the line of its per cent sign.
func TestFormsOfNumbers(t *testing.T) {
	m := New("", Column{Name: "n", Format: "%,d"}, Column{Name: "size", Unit: "kB", Format: "%,.1f"}, Column{Name: "year"}, Column{Name: "loss (95 % interval)"})
	m.Add(3402818, 13620.26, 2026, Number{math.Inf(1), "diverged"})
	m.Add(386, 2.0, 1999, Number{math.Inf(-1), "none"})
	text, h := m.Text(), m.HTML()
	for _, want := range []string{"3,402,818", "13,620.3", "2026", "      386"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, want := range []string{`data-value="3.402818e+06">3,402,818<`, `data-value="Infinity">diverged<`, `data-value="-Infinity">none<`, "95\u00a0% interval"} {
		if !strings.Contains(h, want) {
			t.Errorf("%q is not in\n%s", want, h)
		}
	}
}

type named int

func (n named) String() string { return fmt.Sprint("number ", int(n)) }

func TestFromStructs(t *testing.T) {
	type row struct {
		Run      string
		Accuracy float64 `table:"accuracy" unit:"%" format:"%.1f"`
		Hidden   int     `table:"-"`
		private  int
		Time     time.Duration
		Words    []string
		Kind     named
		Err      error
		Best     *bool
	}
	yes := true
	m, err := FromStructs("Results", []*row{
		{Run: "a", Accuracy: 86.51, Time: 90 * time.Second, Words: []string{"x", "y"}, Kind: 3, Err: errors.New("bad"), Best: &yes, private: 1},
		{},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `Results

Run  accuracy, %   Time  Words  Kind      Err  Best
---  -----------  -----  -----  --------  ---  ----
a           86.5  1m30s  x, y   number 3  bad  true
             0.0     0s         number 0
`
	if got := m.Text(); got != want {
		t.Errorf("text\n%s", got)
	}
}

func TestFaults(t *testing.T) {
	type nested struct{ Inner struct{ A int } }
	type hollow struct{ a int }
	for name, test := range map[string]struct {
		make func() error
		want string
	}{
		"no columns":        {func() error { return New("T").Err() }, `table "T": columns: found none`},
		"no name":           {func() error { return New("T", Column{}).Err() }, "column 0 has no name"},
		"two names":         {func() error { return New("T", Column{Name: "a"}, Column{Name: "a "}).Err() }, `two columns are named "a"`},
		"too few":           {func() error { m := New("T", Column{Name: "a"}); m.Add(); return m.Err() }, "row 0: has 0 values, expected 1"},
		"a format":          {func() error { m := New("T", Column{Name: "a", Format: "%d"}); m.Add(1.5); return m.Err() }, `row 0: column "a": format "%d" does not fit`},
		"an unknown type":   {func() error { _, err := FromStructs("T", []nested{{}}); return err }, `row 0: column "Inner": found a value of type struct`},
		"no struct":         {func() error { _, err := FromStructs("T", []int{1}); return err }, "found rows of type int, expected structs"},
		"no exported field": {func() error { _, err := FromStructs("T", []hollow{{1}}); return err }, "columns: found none"},
		"a nil pointer":     {func() error { _, err := FromStructs("T", []*named2{nil}); return err }, "row 0: is nil"},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.make()
			var row *RowError
			if !errors.As(err, &row) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v", err)
			}
		})
	}
	if err := Show(New("T")); err == nil {
		t.Error("a faulty table is shown")
	}
}

type named2 struct{ A int }

// An output in a notebook has at most 1,000 rows, and says so.
func TestManyRows(t *testing.T) {
	m := New("Many", Column{Name: "n"})
	for i := range 1001 {
		m.Add(i)
	}
	text := m.forms()[protocol.MIMETextPlain].(string)
	if !strings.HasPrefix(text, "Many (the first 1000 of 1001 rows)\n") || strings.Contains(text, "1000\n") || m.Len() != 1001 || m.Caption() != "Many" {
		t.Errorf("text\n%s", text[:100])
	}
	if whole := m.Text(); !strings.HasSuffix(whole, "1000\n") {
		t.Errorf("Text ends with %q", whole[len(whole)-10:])
	}
}

// Whatever the texts are, they change neither the structure of the HTML nor that of the
// Markdown, and the text has a line per row.
func FuzzTable(f *testing.F) {
	f.Add("a|b\nc", "</td><script>")
	f.Add("\x00\xff\u2028", "\\|")
	f.Fuzz(func(t *testing.T, a, b string) {
		m := New(a, Column{Name: "x"}, Column{Name: "y"})
		m.Add(a, b)
		m.Add(b, 1)
		var page, markdown string
		memorytest.Bounded(t, 3*(len(a)+len(b)), func() { page, markdown = m.HTML(), m.Markdown() }) // each is in three places
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		cells := 0
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && (n.Data == "td" || n.Data == "th") {
				cells++
			}
		}
		if cells != 6 {
			t.Errorf("%d cells", cells)
		}
		lines := 0
		for line := range strings.Lines(markdown) {
			if strings.HasPrefix(line, "| ") {
				lines++
				bars := strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(line), "|")
				if bars != 3 {
					t.Errorf("%d bars in %q", bars, line)
				}
			}
		}
		if lines != 4 {
			t.Errorf("%d lines of Markdown", lines)
		}
	})
}

// A text that needs several lines keeps a width in which it can be read.
func TestLongTextsHaveAWidth(t *testing.T) {
	for text, want := range map[string]bool{strings.Repeat("word ", 12): true, strings.Repeat("word ", 60): true, "short": false} {
		table := New("Texts", Column{Name: "n"}, Column{Name: "text"})
		table.Add(1, text)
		if got := strings.Contains(table.HTML(), "min-width:12em"); got != want {
			t.Errorf("%d characters: a width is %v", len(text), got)
		}
	}
}

// A name of more than some words, such as that of a run, is not broken at each of its hyphens beside many
// columns of numbers.
func TestNamesOfRowsHaveAWidth(t *testing.T) {
	table := New("Runs", Column{Name: "run"}, Column{Name: "accuracy"})
	table.Add("lora-256-once-seed-1", 93.1)
	table.Add("short", 90.0)
	table.Add(strings.Repeat("word ", 12), 90.0)
	text := table.HTML()
	if got := strings.Count(text, "min-width:8em"); got != 1 || !regexp.MustCompile(`min-width:8em;[^>]*>lora-256`).MatchString(text) {
		t.Errorf("%d names have a width in\n%s", got, text)
	}
}
