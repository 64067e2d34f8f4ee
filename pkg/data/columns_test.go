package data

import (
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// openWith opens a file with options.
func openWith(t *testing.T, o Opener, name, content string) (*Dataset, error) {
	t.Helper()
	return o.Open(context.Background(), writeFile(t, filepath.Join(t.TempDir(), name), content))
}

// lines joins lines of a file.
func lines(list ...string) string { return strings.Join(list, "\n") + "\n" }

// TestColumnsAreFound: the columns by the obvious names, in any case, are stated in a note.
func TestColumnsAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		header      string // the last two columns are the label and one that is not used
		row         string
		text, pair  string
		notes, warn string
	}{
		"review":            {"Review,Sentiment,n", "good film,pos,7", "good film", "", `"Review" is the text, "Sentiment" is the label`, ""},
		"camel case":        {"reviewText,overall,n", "good film,5,7", "good film", "", `"reviewText" is the text, "overall" is the label`, ""},
		"title and body":    {"title,Description,class,n", "Hello,good film,pos,7", "Hello\ngood film", "", `"title" and "Description", joined by a line break, are the text`, ""},
		"title alone":       {"Headline,category,n", "good film,pos,7", "good film", "", `"Headline" is the text`, ""},
		"premise":           {"premise,hypothesis,label,n", "one,two,1,7", "one", "two", `"premise" and "hypothesis" are a pair of texts`, ""},
		"questions":         {"id,question1,question2,target,n", "1,one,two,1,7", "one", "two", `are a pair of texts, "target" is the label`, ""},
		"text pair":         {"text,text_pair,label", "one,two,1", "one", "two", `"text_pair" is the second text of each pair`, ""},
		"suffix":            {"customer_review,airline_sentiment,n", "good film,pos,7", "good film", "", `"airline_sentiment" is the label`, ""},
		"text first":        {"text,review,label", "one,two,1", "one", "", `column "review" is not used`, ""},
		"label and others":  {"text,label,target,score", "one,1,0,7", "one", "", `column "score" is not used`, `column "target" looks like another label`},
		"second text":       {"text,label,pair", "one,1,two", "one", "", "", `column "pair" looks like the second text`},
		"rank of the label": {"text,stars,category", "one,1,a", "one", "", `"category" is the label`, ""},
		"no words":          {"text,label", "one,1", "one", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			other := strings.NewReplacer("pos", "neg", ",1", ",0", ",5", ",4", ",a", ",b", "1,one", "2,one").Replace(c.row)
			d, err := openFile(t, "own.csv", lines(c.header, c.row, other))
			if err != nil {
				t.Fatal(err)
			}
			if r := d.Train[0]; r.Text != c.text || r.TextPair != c.pair {
				t.Errorf("%+v", r)
			}
			notes, warnings := strings.Join(d.Notes, "\n"), strings.Join(d.Warnings, "\n")
			if !strings.Contains(notes, c.notes) || c.notes == "" && notes != "" {
				t.Errorf("notes %q lack %q", notes, c.notes)
			}
			if !strings.Contains(warnings, c.warn) || c.warn == "" && warnings != "" {
				t.Errorf("warnings %q, want %q", warnings, c.warn)
			}
		})
	}
}

// TestColumnsAreNamed: named columns precede those that would be found.
func TestColumnsAreNamed(t *testing.T) {
	const content = "key,text,other,label,kind,part\nk1,a,b,0,x,train\nk2,c,d,1,y,train\nk3,e,f,0,y,test\nk4,g,h,0,x,test\n"
	d, err := openWith(t, Opener{Columns: Columns{Text: "other", TextPair: "text", Label: "kind", ID: "key", Split: "part"}}, "own.csv", content)
	if err != nil {
		t.Fatal(err)
	}
	want := []Example{{ID: "k1", Text: "b", TextPair: "a", Label: 0}, {ID: "k2", Text: "d", TextPair: "c", Label: 1}}
	if !reflect.DeepEqual(d.Train, want) || len(d.Test) != 2 || d.Test[0].ID != "k3" {
		t.Errorf("%+v", d)
	}
	if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, `column "label" is not used`) || len(d.Warnings) != 0 {
		t.Errorf("notes %q, warnings %q", notes, d.Warnings)
	}
	joined, err := openWith(t, Opener{Columns: Columns{Text: "text, other"}}, "own.csv", content)
	if err != nil || joined.Train[0].Text != "a\nb" {
		t.Errorf("%v, %v", joined, err)
	}
	for name, c := range map[string]struct {
		columns Columns
		want    []string
	}{
		"unknown":      {Columns{Text: "txet"}, []string{`Columns.Text`, "-p text=", `"txet"`, `did you mean "text"`, `"kind": "x"`}},
		"unknown part": {Columns{Text: "text,lable"}, []string{`"lable"`, `did you mean "label"`}},
		"both":         {Columns{Text: "text", Label: "text"}, []string{"both text and label"}},
		"pair":         {Columns{Text: "text", TextPair: "text"}, []string{"expected two columns"}},
		"two labels":   {Columns{Label: "label,kind"}, []string{"names 2 columns", string(MultiLabel)}},
		"twice":        {Columns{Text: "text,text"}, []string{`names column "text" twice`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openWith(t, Opener{Columns: c.columns}, "own.csv", content)
			wantError(t, err, c.want...)
		})
	}
	pair := "text,text_pair,label\na,b,0\nc,d,1\n"
	d, err = openWith(t, Opener{Columns: Columns{TextPair: NoColumn}}, "own.csv", pair)
	if err != nil || d.Train[0].TextPair != "" || len(d.Warnings) != 0 || !strings.Contains(strings.Join(d.Notes, ""), `"text_pair" is not used`) {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = openWith(t, Opener{Columns: Columns{Text: "text"}}, "own.csv", pair)
	if err != nil || d.Train[0].TextPair != "" || !strings.Contains(strings.Join(d.Warnings, ""), "-p textPair=text_pair") {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestColumnsThatAreNotObvious: the error lists the columns and the parameter.
func TestColumnsThatAreNotObvious(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"two texts":  {lines("review,comment,label", "a b,c d,0", "e f,g h,1"), []string{`"review" and "comment" may each be the text`, `data.Columns{Text: "review"}`, "-p text=review", `"comment": "c d"`}},
		"no text":    {lines("words,label", "a b,0", "c d,1"), []string{`no column is obviously the text`, `"words": "a b"`}},
		"two labels": {lines("text,sentiment,topic", "a b,0,x", "c d,1,y"), []string{`"sentiment" and "topic" may each be the label`, "-p label=sentiment"}},
		"no label":   {lines("text,meaning", "a b,0", "c d,1"), []string{`no column is obviously the label`, `Label: "meaning"`}},
		"two pairs":  {lines("question,answer,sentence,label", "a b,c,x,0", "c d,d,y,1"), []string{`may each be the pair of texts`}},
		"no string":  {lines("review,label", "1,0", "2,1"), []string{`no column is obviously the text`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, "own.csv", c.content)
			wantError(t, err, append(c.want, "own.csv:1")...)
		})
	}
}

// TestFieldsOfJSON: columns are found among the fields of the first objects, in any order.
func TestFieldsOfJSON(t *testing.T) {
	d, err := openFile(t, "own.jsonl", `{"Title":"T","stars":1}
{"Body":"b","Title":"U","stars":2,"seen":true}
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := Texts(d.Train); !reflect.DeepEqual(got, []string{"T", "U\nb"}) || !reflect.DeepEqual(d.Labels, []string{"1", "2"}) {
		t.Errorf("%q of %q", got, d.Labels)
	}
	if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, `"seen" is not used`) || !strings.Contains(notes, `["1" "2"] are the classes 0 to 1`) {
		t.Errorf("%q", notes)
	}
}

// TestGenreOfPairs: the genre of pairs is no label beside another one, as in MNLI and STS-B.
func TestGenreOfPairs(t *testing.T) {
	for content, label := range map[string]string{
		"genre\tgold_label\tsentence1\tsentence2\nnews\tneutral\tSoup is warm\tTea is cold\ntalk\tentailment\tSoup is hot\tSoup is warm\n": "gold_label",
		"genre\tsentence1\tsentence2\nnews\tSoup is warm\tTea is cold\ntalk\tSoup is hot\tSoup is warm\n":                                  "genre",
	} {
		used := ""
		_, err := openWith(t, Opener{OnColumns: func(columns []Column) {
			for _, c := range columns {
				if c.Role == "label" {
					used += c.Name
				}
			}
		}}, "own.tsv", content)
		if err != nil || used != label {
			t.Errorf("label %q, %v, want %q", used, err, label)
		}
	}
}
