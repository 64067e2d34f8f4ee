package data

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDialects: what is not a CSV file with commas and a header line is found, and said.
func TestDialects(t *testing.T) {
	row := func(sep string, quote bool) string {
		text := func(s string) string {
			if quote {
				return `"` + s + `"`
			}
			return s
		}
		return lines("text"+sep+"label", text("Good food")+sep+"1", text("Cold soup")+sep+"0")
	}
	long := "The soup was cold and the waiter was not warm either"
	for name, c := range map[string]struct {
		file, content string
		texts         []string
		note          string
	}{
		"semicolons":         {"own.csv", row(";", false), []string{"Good food", "Cold soup"}, "semicolons separate"},
		"tabs":               {"own.csv", row("\t", false), []string{"Good food", "Cold soup"}, "tabs separate"},
		"tsv":                {"own.tsv", row("\t", true), []string{"Good food", "Cold soup"}, "tabs separate"},
		"bars":               {"own.txt", row("|", false), []string{"Good food", "Cold soup"}, "vertical bars separate"},
		"mark and CRLF":      {"own.csv", "\ufeff" + strings.ReplaceAll(row(";", true), "\n", "\r\n"), []string{"Good food", "Cold soup"}, "semicolons"},
		"Excel's line":       {"own.csv", "sep=;\r\n" + row(";", false), []string{"Good food", "Cold soup"}, "semicolons"},
		"Excel's commas":     {"own.csv", "sep=,\n" + row(",", false), []string{"Good food", "Cold soup"}, ""},
		"commas in texts":    {"own.csv", lines("text;label", "a, b, c;1", "d, e;0"), []string{"a, b, c", "d, e"}, "semicolons"},
		"one comma in each":  {"own.csv", lines("Text;Label;x", "a, b;1;7", "d, e;0;8"), []string{"a, b", "d, e"}, "semicolons"},
		"backslashes":        {"own.csv", lines("text,label", `"He said \"no, no\", twice",1`, `"Yes",0`), []string{`He said "no, no", twice`, "Yes"}, "backslash"},
		"blanks":             {"own.csv", lines(`"label", "text"`, `1, "a, b"`, `0, "c, d, e"`), []string{"a, b", "c, d, e"}, "blanks before"},
		"quotes in TSV":      {"own.tsv", lines("sentence\tlabel", "\"Good film\t1", "A \"bad\" one\t0", "\"So so\" he said\t1", "Done\t0"), []string{`"Good film`, `A "bad" one`, `"So so" he said`, "Done"}, "ordinary characters"},
		"no header":          {"own.tsv", lines("ham\t"+long, "spam\t"+long+" a", "ham\t"+long+" b"), []string{long, long + " a", long + " b"}, `"2" is the text, because`},
		"numbers, no header": {"own.csv", lines("3,"+long+",x1", "4,"+long+" a,x2", "3,"+long+" b,x3", "4,"+long+" c,x4", "3,d "+long+",x5", "4,"+long+",x6", "3,"+long+",x7", "4,"+long+",x8"), nil, "no header line"},
		"pandas' range":      {"own.csv", lines(",0,1", "0,"+long+",a", "1,"+long+" b,b"), nil, ""},
		"Orange":             {"own.tab", lines("Author\tContent\tid", "discrete\tstring\tc", "class\tmeta include=True\tmeta", "x\tGood food\t1", "y\tCold soup\t2"), []string{"Good food", "Cold soup"}, `the text is column "Content"; by them the label is column "Author"`},
		"names of R":         {"own.tsv", lines("text\tlabel", "1\tGood food\tx", "2\tCold soup\ty"), []string{"Good food", "Cold soup"}, `"row names"`},
	} {
		t.Run(name, func(t *testing.T) {
			var o Opener
			if name == "pandas' range" {
				o.Columns = Columns{Text: "0", Label: "1"}
			}
			d, err := openWith(t, o, c.file, c.content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.texts, Texts(d.Train)); c.texts != nil && diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("notes %q lack %q", notes, c.note)
			}
		})
	}
}

// TestDialectOptions: each option has an effect where the first lines do not decide.
func TestDialectOptions(t *testing.T) {
	for name, c := range map[string]struct {
		opener  Opener
		content string
		doubt   string // the error without the option
		text    string
	}{
		"delimiter": {Opener{Delimiter: "semicolon", Header: HasHeader, Columns: Columns{Text: "a", Label: "c"}}, lines("a;b,c;c", "x;y,z;1", "u;v,w;0"), "Opener.Delimiter", "x"},
		"header":    {Opener{Header: HasHeader, Columns: Columns{Text: "so", Label: "it"}}, lines("so,it", "x y,a", "z u,b"), "Opener.Header", "x y"},
		"no header": {Opener{Header: NoHeader, Columns: Columns{Text: "1", Label: "2"}}, lines("so,it", "x y,a", "z u,b"), "Opener.Header", "so"},
		"quotes":    {Opener{Quotes: NoQuotes}, lines("text,label", `"Good,0`, "b,1", `c "d" e,0`), "no double quote closes", `"Good`},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "quotes" {
				_, err := openWith(t, Opener{}, "own.csv", c.content)
				wantError(t, err, "own.csv:1", c.doubt, fmt.Sprintf("%q", strings.SplitN(c.content, "\n", 2)[0]))
			}
			d, err := openWith(t, c.opener, "own.csv", c.content)
			if err != nil {
				t.Fatal(err)
			}
			if d.Train[0].Text != c.text {
				t.Errorf("%q, want %q", d.Train[0].Text, c.text)
			}
		})
	}
	for option, o := range map[string]Opener{"Delimiter": {Delimiter: ",,"}, "Header": {Header: "maybe"}, "Quotes": {Quotes: "single"}, "BadRows": {BadRows: "drop"}, "Task": {Task: "ner"}} {
		_, err := openWith(t, o, "own.csv", "text,label\na,0\nb,1\n")
		wantError(t, err, "Opener."+option)
	}
}

// TestStrayQuote: a quote far below the first lines that swallows records is an error, and
// broken records do not change the dialect.
func TestStrayQuote(t *testing.T) {
	var b strings.Builder
	b.WriteString("text\tlabel\n")
	for i := range 40000 {
		fmt.Fprintf(&b, "This is the text number %d\t%d\n", i, i%2)
	}
	whole := b.String() + "\"Stray\t1\nMore\t0\nThe \"end\" of it\t1\n"
	_, err := openWith(t, Opener{}, "own.tsv", whole)
	wantError(t, err, "own.tsv:40002", "Opener.Quotes = data.NoQuotes")
	d, err := openWith(t, Opener{Quotes: NoQuotes}, "own.tsv", whole)
	if err != nil || len(d.Train) != 40003 {
		t.Fatal(err)
	}
	_, err = openWith(t, Opener{}, "own.tsv", b.String()+"broken\n")
	wantError(t, err, "own.tsv:40002", "1 fields, expected 2", "contains tabs")
}
