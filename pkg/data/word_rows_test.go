package data

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wordRows is a table with the sentence's number in its first row, as a public data set of names has it.
const wordRows = "Sentence #,Word,POS,Tag\nSentence: 1,Ada,NNP,B-per\n,met,VBD,O\n,null,NN,O\nSentence: 2,Bonn,NNP,B-geo\n,\"\"\"\",``,O\n,\"1,000\",CD,O\nSentence: 3,NA,NNP,B-per\n,None,NN,O\n"

var rowSentences = []string{`Ada/B-per met/O null/O`, `Bonn/B-geo "/O 1,000/O`, `NA/B-per None/O`}

// sentencesOf returns words and tags of examples, a text for each sentence.
func sentencesOf(d *Dataset, examples []Example) (list []string) {
	for _, e := range examples {
		var words []string
		for i, w := range e.Words {
			words = append(words, w+"/"+d.Labels[e.Tags[i]])
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

// TestWordRows: the rows of a sentence are joined by the column that numbers the sentences, in all formats.
func TestWordRows(t *testing.T) {
	type row struct {
		Sentence *float64 `parquet:"sentence_id,optional"` // a number beside missing ones, as pandas has it
		Word     string   `parquet:"word"`
		Tag      string   `parquet:"tag"`
	}
	one, two := 1.0, 2.0
	three := 3.0
	rows := []row{{&one, "Ada", "B-per"}, {nil, "met", "O"}, {nil, "null", "O"}, {&two, "Bonn", "B-geo"}, {nil, `"`, "O"}, {nil, "1,000", "O"}, {&three, "NA", "B-per"}, {nil, "None", "O"}}
	repeated := strings.NewReplacer("\n,met", "\nSentence: 1,met", "\n,null", "\nSentence: 1,null", "\n,\"\"", "\nSentence: 2,\"\"", "\n,\"1", "\nSentence: 2,\"1", "\n,None", "\nSentence: 3,None").Replace(wordRows)
	objects := `{"sentence_id":0,"words":"Ada","labels":"B-per"}
{"sentence_id":0,"words":"met","labels":"O"}
{"sentence_id":0,"words":"null","labels":"O"}
{"sentence_id":1,"words":"Bonn","labels":"B-geo"}
{"sentence_id":1,"words":"\"","labels":"O"}
{"sentence_id":1,"words":"1,000","labels":"O"}
{"sentence_id":2,"words":"NA","labels":"B-per"}
{"sentence_id":2,"words":"None","labels":"O"}
`
	for name, content := range map[string]string{
		"first.csv": wordRows, "each.csv": repeated, "crlf.csv": strings.ReplaceAll(wordRows, "\n", "\r\n"), "no-end.csv": strings.TrimSuffix(wordRows, "\n"),
		"blank.csv":   strings.ReplaceAll(wordRows, "Sentence: 2", ",,,\n\nSentence: 2") + "\n,,,\n",
		"spaces.csv":  strings.ReplaceAll(repeated, ",O\n", ", O \n"),
		"a.tsv":       "sent_id\ttoken\tner\n" + "a\tAda\tB-per\na\tmet\tO\na\tnull\tO\nb\tBonn\tB-geo\nb\t\"\tO\nb\t1,000\tO\nc\tNA\tB-per\nc\tNone\tO\n",
		"a.jsonl":     objects,
		"a.json":      "[" + strings.ReplaceAll(strings.TrimSpace(objects), "}\n{", "},\n{") + "]",
		"fill.jsonl":  strings.NewReplacer(`"sentence_id":0,"words":"m`, `"sentence_id":null,"words":"m`, `"sentence_id":0,"words":"n`, `"words":"n`).Replace(objects),
		"a.parquet":   string(packParquet(t, "", rows...)),
		"columns.csv": strings.Replace(repeated, "Sentence #,Word,POS,Tag", "document,token,x,label", 1),
		"id.csv":      strings.Replace(wordRows, "Sentence #,Word,POS,Tag", "id,token,x,label", 1),
		"ids.csv":     strings.Replace(repeated, "Sentence #,Word,POS,Tag", "doc_id,token,x,label", 1),
	} {
		d, err := openTagged(t, name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(rowSentences, sentencesOf(d, d.Train)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(d.Warnings) > 0 || !strings.Contains(strings.Join(d.Notes, " "), "are a sentence") {
			t.Errorf("%s: warnings %q, notes %q", name, d.Warnings, d.Notes)
		}
	}
	d, err := openTagged(t, "a.csv", wordRows)
	if err != nil || d.Train[1].ID != "Sentence: 2" || d.Train[1].Text != `Bonn " 1,000` {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestWordRowsColumns: columns that the caller names, and documents in which the numbers begin anew.
func TestWordRowsColumns(t *testing.T) {
	for name, c := range map[string]struct {
		columns Columns
		content string
		ids     string
		want    string
	}{
		"named":             {Columns{Text: "form", Label: "class", ID: "nr"}, "nr,form,class,word\n1,Ada,B-PER,x\n1,met,O,x\n2,Ben,B-PER,y\n", "1 2", "Ada/B-PER met/O|Ben/B-PER"},
		"one of two":        {Columns{ID: "sentence_id"}, "sentence_id,sent_no,word,tag\n1,7,Ada,B-PER\n1,7,met,O\n2,7,Ben,B-PER\n", "1 2", "Ada/B-PER met/O|Ben/B-PER"},
		"without ids":       {Columns{ID: "-"}, "sentence_id,word,tag\n1,Ada,B-PER\n1,met,O\n2,Ben,B-PER\n", "train/2 train/4", "Ada/B-PER met/O|Ben/B-PER"},
		"documents":         {Columns{}, "doc,sentence_id,word,tag\na,1,Ada,B-PER\na,1,met,O\na,2,Ben,B-PER\nb,1,Cy,B-PER\n", "a/1 a/2 b/1", "Ada/B-PER met/O|Ben/B-PER|Cy/B-PER"},
		"first of both":     {Columns{}, "doc,sentence_id,word,tag\na,1,Ada,B-PER\n,,met,O\n,2,Ben,B-PER\nb,1,Cy,B-PER\n", "a/1 a/2 b/1", "Ada/B-PER met/O|Ben/B-PER|Cy/B-PER"},
		"rows are numbered": {Columns{}, "id,sentence,word,tag\n1,1,Ada,B-PER\n2,1,met,O\n3,2,Ben,B-PER\n", "1 2", "Ada/B-PER met/O|Ben/B-PER"},
		"words with blanks": {Columns{Text: "word"}, "sentence_id,word,tag\n1,New York,B-LOC\n1,is,O\n2,New York,B-LOC\n2,is,O\n", "1 2", "New York/B-LOC is/O|New York/B-LOC is/O"},
		"two tags":          {Columns{Label: "fine"}, "sentence_id,word,tag,fine\n1,Ada,B-PER,B-QUEEN\n1,met,O,O\n", "1", "Ada/B-QUEEN met/O"},
		"no header":         {Columns{Text: "2", Label: "3", ID: "1"}, "1,Ada,B-PER\n1,met,O\n2,Ben,B-PER\n", "1 2", "Ada/B-PER met/O|Ben/B-PER"},
	} {
		d, err := openWith(t, Opener{Task: TokenClassification, Columns: c.columns}, "own.csv", c.content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var ids []string
		for _, e := range d.Train {
			ids = append(ids, e.ID)
		}
		if got := strings.Join(sentencesOf(d, d.Train), "|"); got != c.want || strings.Join(ids, " ") != c.ids {
			t.Errorf("%s: %s with the ids %q, expected %s with %q", name, got, ids, c.want, c.ids)
		}
	}
}

func TestWordRowsErrors(t *testing.T) {
	const header = "sentence_id,word,tag\n"
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"no number":            {"word,tag\nAda,B-PER\nmet,O\n", []string{"own.csv:1", "no column has the number of its sentence", `"sentence_id"`, "-p id="}},
		"numbers of rows":      {"id,word,tag\n1,Ada,B-PER\n2,met,O\n", []string{"own.csv:1", "no column has the number of its sentence"}},
		"texts of sentences":   {"sentence,word,tag\nAda met Ben,Ada,B-PER\nAda met Ben,met,O\n", []string{"no column has the number"}},
		"two numbers":          {"sentence_id,sent_no,word,tag\n1,1,Ada,B-PER\n", []string{`"sentence_id" and "sent_no" may each be the number of the sentence`, "Columns.ID"}},
		"two words":            {"sentence_id,word,token,tag\n1,Ada,ada,B-PER\n", []string{`"word" and "token" may each be the word`}},
		"no tags":              {"sentence_id,word,part\n1,Ada,N\n", []string{"no column is obviously the tag of each word"}},
		"comes back":           {header + "1,Ada,B-PER\n2,Ben,B-PER\n1,met,O\n", []string{"own.csv:4", `the sentence "1"`, "has rows before", "sort"}},
		"begins anew":          {header + "1,Ada,B-PER\n,met,O\n1,Ben,B-PER\n", []string{"own.csv:4", `the sentence "1" of line 2 begins again`}},
		"first without number": {header + ",Ada,B-PER\n2,Ben,B-PER\n", []string{"own.csv:2", "no value", `"sentence_id"`}},
		"after a blank row":    {header + "1,Ada,B-PER\n,,\n,Ben,B-PER\n", []string{"own.csv:4", "follows a blank row"}},
		"blank word":           {header + "1,Ada,B-PER\n1,,O\n", []string{"own.csv:3", `field "word" is blank`, "keep_default_na"}},
		"blank tag":            {header + "1,Ada,B-PER\n1,met,\n1,Ben,B-PER\n", []string{"own.csv:3", `the word "met" has no tag`}},
		"no tag at all":        {header + "1,Ada,\n1,met,\n2,Ben,B-PER\n", []string{"own.csv:2", "tags"}},
		"a field too many":     {header + "1,Ada,B-PER\n1,met,O,x\n", []string{"own.csv:3", "4 fields"}},
		"numbers as tags":      {header + "1,Ada,1\n1,met,0\n", []string{"own.csv:2", "declares no names"}},
		"parts of speech":      {header + "1,Ada,NNP\n1,met,VBD\n", []string{"own.csv:2", `"NNP"`}},
		"lines in a word":      {header + "1,\"Ada\n1\",B-PER\n", []string{"own.csv:2", "line break"}},
		"not UTF-8":            {header + "1,Ren\xe9,B-PER\n", []string{"own.csv:2", "not valid UTF-8", "latin1"}},
		"number not UTF-8":     {header + "\xe9,Ada,B-PER\n", []string{"own.csv:2", "number of the sentence", "latin1"}},
		"a document alone":     {"doc_id,sentence_id,word,tag\na,1,Ada,B-PER\na,1,met,O\nb,,Ben,B-PER\n", []string{"own.csv:4", `"b" in the column "doc_id"`}},
		"too long":             {header + "1,Ada,B-PER\n" + strings.Repeat("1,met,O\n", 1<<18), []string{"more than 1048576 bytes", `"sentence_id"`}},
	} {
		_, err := openWith(t, Opener{Task: TokenClassification, Header: HasHeader}, "own.csv", c.content)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		wantError(t, err, c.want...)
	}
	_, err := openWith(t, Opener{Task: TokenClassification, Columns: Columns{TextPair: "tag"}}, "own.csv", header+"1,Ada,B-PER\n")
	wantError(t, err, "Columns.TextPair", "one word of a sentence")
	_, err = openWith(t, Opener{Task: TokenClassification, Columns: Columns{ID: "tag", Label: "tag"}}, "own.csv", header+"1,Ada,B-PER\n")
	wantError(t, err, "both the number of the sentence and the label")
	_, err = openWith(t, Opener{Task: TokenClassification, Columns: Columns{ID: "word"}}, "own.csv", header+"1,Ada,B-PER\n")
	wantError(t, err, "column")
}

// TestWordRowsSkipped: a sentence with a row that cannot be used is left out as a whole, and so is one whose first word
// may be in a row that cannot be read.
func TestWordRowsSkipped(t *testing.T) {
	const rows = "sentence_id,word,tag\n1,Ada,B-PER\n1,met,O\n2,Ben,B-PER\n2,,O\n2,Cy,B-PER\n3,Di,B-PER\n4,Eve,B-PER\n4,a,b,c\n5,Flo,B-PER\n6,Gus,B-PER\n"
	filled := strings.NewReplacer("\n1,met", "\n,met", "\n2,,", "\n,,", "\n2,Cy", "\n,Cy").Replace(rows)
	for _, content := range []string{rows, filled} {
		d, err := openWith(t, Opener{Task: TokenClassification, BadRows: SkipBadRows}, "own.csv", content)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(sentencesOf(d, d.Train), "|"); got != "Ada/B-PER met/O|Di/B-PER|Gus/B-PER" {
			t.Error(got)
		}
		if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "3 of 6 rows") || !strings.Contains(d.Warnings[0], "own.csv:9") {
			t.Errorf("warnings %q", d.Warnings)
		}
	}
	// The first row cannot be read: the words below it may be of its sentence.
	d, err := openWith(t, Opener{Task: TokenClassification, BadRows: SkipBadRows, Header: HasHeader}, "own.csv", "sentence_id,word,tag\n1,Ada\n,met,O\n2,Ben,B-PER\n3,Cy,B-PER\n")
	if err != nil || strings.Join(sentencesOf(d, d.Train), "|") != "Ben/B-PER|Cy/B-PER" {
		t.Errorf("%v, %v", d, err)
	}
}

// TestWordRowsHalves: files, folders and splits.
func TestWordRowsHalves(t *testing.T) {
	const header, train, test = "sentence_id,word,tag\n", "1,Ada,B-PER\n1,met,O\n2,Ben,B-PER\n", "1,Cy,B-PER\n1,met,O\n2,Di,B-PER\n"
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "own", "train.csv"), header+train)
	writeFile(t, filepath.Join(dir, "own", "test.csv"), header+test)
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range []string{"train.csv", "test.csv"} {
		content, err := os.ReadFile(filepath.Join(dir, "own", name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "own.zip"), packed.String())
	column := "split,sentence_id,word,tag\n"
	for line := range strings.Lines(train) {
		column += "train," + line
	}
	for line := range strings.Lines(test) {
		column += "test," + line
	}
	writeFile(t, filepath.Join(dir, "column.csv"), column)
	writeFile(t, filepath.Join(dir, "object.json"), `{"train":[{"sentence_id":1,"word":"Ada","tag":"B-PER"},{"sentence_id":1,"word":"met","tag":"O"},{"sentence_id":2,"word":"Ben","tag":"B-PER"}],`+
		`"test":[{"sentence_id":1,"word":"Cy","tag":"B-PER"},{"sentence_id":1,"word":"met","tag":"O"},{"sentence_id":2,"word":"Di","tag":"B-PER"}]}`)
	for _, name := range []string{"own", "own.zip", "column.csv", "object.json", "own/*.csv"} {
		for _, evaluation := range []bool{false, true} {
			d, err := Opener{Task: TokenClassification, Evaluation: evaluation}.Open(t.Context(), filepath.Join(dir, name))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := strings.Join(sentencesOf(d, d.Train), "|") + "; " + strings.Join(sentencesOf(d, d.Test), "|")
			if got != "Ada/B-PER met/O|Ben/B-PER; Cy/B-PER met/O|Di/B-PER" || d.Train[0].ID != "train/1" || d.Test[1].ID != "test/2" {
				t.Errorf("%s: %s, ids %q and %q", name, got, d.Train[0].ID, d.Test[1].ID)
			}
		}
	}
	// A test half without tags, and an outline that holds no texts.
	writeFile(t, filepath.Join(dir, "own", "test.csv"), "sentence_id,word\n1,Cy\n1,met\n")
	o, err := Opener{Task: TokenClassification, HeldBytes: -1}.Outline(t.Context(), filepath.Join(dir, "own"))
	if err != nil || len(o.Train) != 2 || len(o.Test) != 0 {
		t.Fatalf("%v, %v", o, err)
	}
	lists, err := o.Examples(t.Context(), o.Train)
	if err != nil || strings.Join(lists[0][0].Words, " ") != "Ada met" {
		t.Errorf("%v, %v", lists, err)
	}
}

// TestWordRowsShards: the numbers may begin anew in another file, but a sentence is not divided between two.
func TestWordRowsShards(t *testing.T) {
	dir := writeAll(t, map[string]string{
		"a/part-1.csv": "sentence_id,word,tag\n1,Ada,B-PER\n2,met,O\n", "a/part-2.csv": "sentence_id,word,tag\n1,Ben,B-PER\n",
		"b/part-1.csv": "sentence_id,word,tag\n1,Ada,B-PER\n2,met,O\n", "b/part-2.csv": "sentence_id,word,tag\n2,Ben,B-PER\n",
	})
	for _, id := range []string{"", "sentence_id"} {
		d, err := Opener{Task: TokenClassification, Columns: Columns{ID: id}}.Open(t.Context(), filepath.Join(dir, "a", "*.csv"))
		if err != nil || len(d.Train) != 3 || !strings.Contains(strings.Join(d.Warnings, " "), "numbered by their lines") {
			t.Errorf("%v, %v", d, err)
		}
	}
	_, err := Opener{Task: TokenClassification}.Open(t.Context(), filepath.Join(dir, "b", "*.csv"))
	wantError(t, err, "part-2.csv:2", `the sentence "2" is also the last one of`, "part-1.csv (line 3)")
	_, _, err = Opener{Task: TokenClassification}.Each(t.Context(), filepath.Join(dir, "b", "*.csv"), func(Row) error { return nil })
	wantError(t, err, "part-2.csv:2", `the sentence "2" is also the last one of`)
}

// TestWordRowsWithoutTags: words to tag, as a stream, and sentences as texts.
func TestWordRowsWithoutTags(t *testing.T) {
	dir := writeAll(t, map[string]string{
		"words.csv": "sentence_id,word\ns1,Ada\ns1,NA\ns2,Ben\n", "tags.csv": "sentence_id,word,tag\ns1,Ada,\ns1,NA,O\ns2,Ben,\n",
		"bad.csv": "sentence_id,word\ns1,Ada\ns1,\ns2,Ben\n", "again.csv": "sentence_id,word\n1,Ada\n2,Ben\n1,met\n", "texts.csv": "sentence_id,words\n1,Ada met Ben\n2,Ben met Cy\n",
	})
	for name, want := range map[string]string{
		"words.csv": "1 \"s1\" \"Ada NA\" \"\" [\"Ada\" \"NA\"]\n2 \"s2\" \"Ben\" \"\" [\"Ben\"]\n", "tags.csv": "1 \"s1\" \"Ada NA\" \"\" [\"Ada\" \"NA\"]\n2 \"s2\" \"Ben\" \"\" [\"Ben\"]\n",
		"bad.csv": "1 bad in line 3\n2 \"s2\" \"Ben\" \"\" [\"Ben\"]\n",
	} {
		if got, notes := rowsOf(t, Opener{Task: TokenClassification}, filepath.Join(dir, name)); got != want || !strings.Contains(strings.Join(notes, " "), "are a sentence") {
			t.Errorf("%s: %s, notes %q", name, got, notes)
		}
	}
	_, _, err := Opener{Task: TokenClassification}.Each(t.Context(), filepath.Join(dir, "again.csv"), func(Row) error { return nil })
	wantError(t, err, "again.csv:4", "has rows before")
	_, _, err = Opener{Task: TokenClassification, Columns: Columns{Text: "words"}}.Each(t.Context(), filepath.Join(dir, "texts.csv"), func(r Row) error {
		if r.Bad != nil || r.Example.Words != nil || !strings.HasPrefix(r.Example.Text, "Ada met") && !strings.HasPrefix(r.Example.Text, "Ben met") {
			t.Errorf("%+v", r)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	texts, _, err := OpenTexts(t.Context(), writeFile(t, filepath.Join(dir, "own.csv"), wordRows))
	if diff := cmp.Diff([]string{"Ada met null", `Bonn " 1,000`, "NA None"}, texts); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
}

// TestWordRowsEncoding: words that are white space in Unicode are words, as bytes of Windows' quotes read as latin1 are.
func TestWordRowsEncoding(t *testing.T) {
	d, err := openWith(t, Opener{Task: TokenClassification, Encoding: "latin1"}, "own.csv", "Sentence #,Word,Tag\nSentence: 1,Ren\xe9,B-per\n,\x85,O\nSentence: 2,\xa0,O\n,ok,O\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ren\u00e9/B-per \u0085/O", "\u00a0/O ok/O"}, sentencesOf(d, d.Train)); diff != "" {
		t.Error(diff)
	}
}

// TestWordRowsOfTheHub: tags are indices of the names that the file declares.
func TestWordRowsOfTheHub(t *testing.T) {
	type row struct {
		Sentence string `parquet:"sentence_id"`
		Token    string `parquet:"token"`
		Tag      int64  `parquet:"ner_tag"`
	}
	features := `{"info":{"features":{"ner_tag":{"names":["O","B-PER"],"_type":"ClassLabel"}}}}`
	d, err := openTagged(t, "train.parquet", string(packParquet(t, features, row{"a", "Ada", 1}, row{"a", "met", 0}, row{"b", "Ben", 1})))
	if err != nil || strings.Join(sentencesOf(d, d.Train), "|") != "Ada/B-PER met/O|Ben/B-PER" {
		t.Errorf("%v, %v", d, err)
	}
}

// TestWordRowsUse: the columns and their uses.
func TestWordRowsUse(t *testing.T) {
	var uses []string
	_, err := openWith(t, Opener{Task: TokenClassification, OnColumns: func(columns []Column) {
		for _, c := range columns {
			uses = append(uses, c.Name+"="+c.Role)
		}
	}}, "own.csv", wordRows)
	if got := strings.Join(uses, " "); err != nil || got != "Sentence #=sentence Word=text POS= Tag=label" {
		t.Errorf("%s, %v", got, err)
	}
}
