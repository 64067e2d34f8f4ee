package data

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLabelIsNoText: a column that the caller names as label, id or split is not a part of the text,
// as "subject" of shorttext's example data would be.
func TestLabelIsNoText(t *testing.T) {
	const table = "subject,content\nmathematics,linear algebra\ntheology,divine grace\n"
	d, err := openWith(t, Opener{Columns: Columns{Label: "subject"}}, "own.csv", table)
	if err != nil {
		t.Fatal(err)
	}
	if d.Train[0].Text != "linear algebra" || !slices.Equal(d.Labels, []string{"mathematics", "theology"}) {
		t.Errorf("%v, %+v", d.Labels, d.Train)
	}
	d, err = openWith(t, Opener{Columns: Columns{Label: "y"}}, "own.csv", "subject,content,y\nmathematics,linear algebra,0\ntheology,divine grace,1\n")
	if err != nil || d.Train[0].Text != "mathematics\nlinear algebra" {
		t.Errorf("%v, %v", d, err)
	}
	d, err = openWith(t, Opener{Columns: Columns{ID: "title"}}, "own.csv", "title,body,label\none,linear algebra,0\ntwo,divine grace,1\n")
	if err != nil || d.Train[0].Text != "linear algebra" || d.Train[0].ID != "one" {
		t.Errorf("%v, %v", d, err)
	}
}

// TestComments: lines with "#" before the records are comments, and the last may name the columns.
func TestComments(t *testing.T) {
	const records = "love\tsex\t6.77\ntiger\tcat\t7.35\ntiger\ttiger\t10.00\n"
	regression := Opener{Task: Regression, Columns: Columns{Label: "Human (mean)"}}
	for name, c := range map[string]struct {
		opener Opener
		table  string
		first  Example
		note   string
	}{
		"wordsim353": {regression, "# The collection (http://x)\n# Word 1\tWord 2\tHuman (mean)\n" + records,
			Example{ID: "train/3", Text: "love", TextPair: "sex", Label: noLabel, Value: 6.77}, "the first line begins with # and is a comment; the line after it"},
		"carriage returns, mark": {regression, "\ufeff# one\r\n# two\r\n# Word 1\tWord 2\tHuman (mean)\r\n" + records,
			Example{ID: "train/4", Text: "love", TextPair: "sex", Label: noLabel, Value: 6.77}, "the first 2 lines begin with #"},
		"a header line below": {regression, "# one\nWord 1\tWord 2\tHuman (mean)\n" + records,
			Example{ID: "train/3", Text: "love", TextPair: "sex", Label: noLabel, Value: 6.77}, "the first line begins with # and is a comment"},
		"a header line alone": {Opener{}, "#text,label\na,0\nb,1\n", Example{ID: "train/2", Text: "a"}, ""},
		"texts":               {Opener{}, "text,label\n#one,0\n#two,1\n", Example{ID: "train/2", Text: "#one"}, ""},
		"texts, no header":    {Opener{Header: NoHeader, Columns: Columns{Text: "1", Label: "2"}}, "#one two,0\n#two three,1\nthree four,1\n", Example{ID: "train/1", Text: "#one two"}, ""},
	} {
		d, err := openWith(t, c.opener, "own.tsv", c.table)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.first, d.Train[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, c.note) || c.note == "" && strings.Contains(notes, "comment") {
			t.Errorf("%s: %s", name, notes)
		}
	}
}

// TestTabsAndQuotes: quotes in a tab-separated file are ordinary characters where text follows those
// that would close a field, as in OpenNLP's DoccatSample.txt.
func TestTabsAndQuotes(t *testing.T) {
	d, err := openFile(t, "own.tsv", "text\tlabel\n\" La Lega \" - dice\tita\nplain\tfra\n\" Trop fatigué \" , a-t-il dit\tfra\n")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train[0].Text != `" La Lega " - dice` || !slices.ContainsFunc(d.Notes, func(note string) bool { return strings.Contains(note, "ordinary characters") }) {
		t.Errorf("%+v, %q", d.Train, d.Notes)
	}
	// A slip in a file whose fields are quoted does not change the others.
	d, err = openFile(t, "own.tsv", "text\tlabel\n\"one\"\t\"a\"\n\"two\"\t\"b\"\n\"three\" or four\t\"b\"\n")
	if err != nil || d.Train[0].Text != "one" || d.Train[2].Text != "three or four" {
		t.Errorf("%v, %v", d, err)
	}
}

// TestBadNumbers: a label that is no number is a bad row of Regression.
func TestBadNumbers(t *testing.T) {
	const table = "text,label\na,0.5\nb,unknown\nc,1.5\n"
	_, err := openWith(t, Opener{Task: Regression}, "own.csv", table)
	wantError(t, err, `own.csv:3: "label" is "unknown"`)
	d, err := openWith(t, Opener{Task: Regression, BadRows: SkipBadRows}, "own.csv", table)
	if err != nil || len(d.Train) != 2 || d.Train[1].Value != 1.5 || !strings.Contains(strings.Join(d.Warnings, ""), `1 of 3 rows cannot be used and were skipped: `) {
		t.Errorf("%v, %v", d, err)
	}
	_, err = openWith(t, Opener{Task: Regression, BadRows: SkipBadRows}, "own.csv", "text,label\na,x\nb,y\n")
	wantError(t, err, "expected a number")
}

// TestErrorsNameParameters: the error of a setting names the notebooks' parameter beside the field.
func TestErrorsNameParameters(t *testing.T) {
	for want, c := range map[string]struct {
		Opener
		name, table string
	}{
		"-p delimiter=semicolon":         {Opener{}, "own.txt", "a b;p,q\nc d;r,s\n"},
		"-p header=yes":                  {Opener{Delimiter: ","}, "own.csv", "one two,three\nfour five,six\nseven,eight\n"},
		"-p delimiter=...":               {Opener{Delimiter: "ab"}, "own.csv", "text,label\na,0\nb,1\n"},
		"-p header=...":                  {Opener{Header: "maybe"}, "own.csv", ""},
		"-p quotes=...":                  {Opener{Quotes: "single"}, "own.csv", ""},
		"-p badRows=...":                 {Opener{BadRows: "ignore"}, "own.csv", ""},
		"-p task=...":                    {Opener{Task: "ranking"}, "own.csv", ""},
		"-p encoding=...":                {Opener{Encoding: "ebcdic"}, "own.csv", ""},
		"-p encoding=utf-16)":            {Opener{}, "own.csv", "\xff\xfea\x00,\x00b\x00\n\x00"},
		"-p labelSeparator=...":          {Opener{Task: MultiLabel}, "own.csv", "text,label\na,\"x,y\"\nb,z|w\nc,\"x,z\"\n"},
		"(in a notebook -p quotes=none)": {Opener{Delimiter: ",", Quotes: DoubleQuotes}, "own.csv", "text,label\n\"a,0\nb,1\nc\" d,1\ne,0\n"},
	} {
		_, err := openWith(t, c.Opener, c.name, c.table)
		wantError(t, err, want)
	}
}

// TestBadTrainingHalf: a training half of bad rows only is an error that says so.
func TestBadTrainingHalf(t *testing.T) {
	for _, table := range []string{
		"text,label,split\na,x,train\nb,y,train\nc,1.5,test\nd,2,test\n",
		"text,label,split\n ,1,train\n ,2,train\nc,1.5,test\nd,2,test\n",
	} {
		_, err := openWith(t, Opener{Task: Regression, BadRows: SkipBadRows}, "own.csv", table)
		wantError(t, err, "has no training review", "2 of 4 rows cannot be used", "own.csv:2")
	}
}

// The names of columns without names, 1 and 2, make no header line of a first record that has them as values.
func TestNumberedColumnsAsValues(t *testing.T) {
	const rows = "3,Soup,A warm soup of the day\n1,Bread,An old bread with salt\n3,Tea,A cup of tea with milk\n1,Salt,A small bag of salt\n"
	d, err := openWith(t, Opener{Columns: Columns{Text: "2,3", Label: "1"}}, "own.csv", rows)
	if err != nil || len(d.Train) != 4 || d.Train[0].Text != "Soup\nA warm soup of the day" {
		t.Errorf("%v, %v", d, err)
	}
}
