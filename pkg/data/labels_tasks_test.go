package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// labelsCSV is a file with these labels, one a row.
func labelsCSV(labels ...string) string {
	var b strings.Builder
	b.WriteString("text,label\n")
	for i, label := range labels {
		fmt.Fprintf(&b, "text %d,%q\n", i, label)
	}
	return b.String()
}

func codes(examples []Example) (list []int) {
	for _, e := range examples {
		list = append(list, e.Label)
	}
	return list
}

// TestLabelsOfAnyStart: integers, booleans and whole numbers are classes in their order.
func TestLabelsOfAnyStart(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		classes       []string
		codes         []int
		note, warning string
	}{
		"-1 and 1":     {"own.csv", labelsCSV("1", "-1", "1"), []string{"-1", "1"}, []int{1, 0, 1}, `["-1" "1"] are the classes 0 to 1`, ""},
		"1 to 5":       {"own.csv", labelsCSV("1", "5", "3", "2", "4"), []string{"1", "2", "3", "4", "5"}, []int{0, 4, 2, 1, 3}, "0 to 4", ""},
		"a gap":        {"own.csv", labelsCSV("0", "7", "10"), []string{"0", "7", "10"}, []int{0, 1, 2}, "0 to 2", ""},
		"from 0":       {"own.csv", labelsCSV("0", "2", "1"), []string{"0", "1", "2"}, []int{0, 2, 1}, "", ""},
		"-1, 0 and 1":  {"own.csv", labelsCSV("0", "-1", "1"), []string{"-1", "0", "1"}, []int{1, 0, 2}, "", "read as three classes"},
		"booleans":     {"own.jsonl", `{"text":"a","label":true}` + "\n" + `{"text":"b","label":false}`, []string{"false", "true"}, []int{1, 0}, "labels are booleans", ""},
		"whole floats": {"own.jsonl", `{"text":"a","label":2.0}` + "\n" + `{"text":"b","label":1e0}`, []string{"1", "2"}, []int{1, 0}, "read as integers", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := openFile(t, c.file, c.content)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(d.Labels, c.classes) || !reflect.DeepEqual(codes(d.Train), c.codes) {
				t.Errorf("classes %q, labels %v", d.Labels, codes(d.Train))
			}
			notes, warnings := strings.Join(d.Notes, "\n"), strings.Join(d.Warnings, "\n")
			if !strings.Contains(notes, c.note) || !strings.Contains(warnings, c.warning) || c.note == "" && c.warning == "" && notes+warnings != "" {
				t.Errorf("notes %q, warnings %q", notes, warnings)
			}
		})
	}
	_, err := openFile(t, "own.jsonl", `{"text":"a","label":true}`+"\n"+`{"text":"b","label":0}`)
	wantError(t, err, "own.jsonl:2", "only integers or only names")
	_, err = openFile(t, "own.csv", labelsCSV("0", "1", "2", "-1"))
	wantError(t, err, "own.csv:5", `label "-1"`, "missing label", "SkipBadRows")
	d, err := openWith(t, Opener{BadRows: SkipBadRows}, "own.csv", labelsCSV("0", "1", "2", "-1"))
	if err != nil || len(d.Train) != 3 || !strings.Contains(strings.Join(d.Warnings, ""), "1 of 4 rows") {
		t.Errorf("%v, %v", d, err)
	}
}

// TestManyClasses: 1,000 classes are read; labels that are all different are refused.
func TestManyClasses(t *testing.T) {
	var labels []string
	for i := range 3000 {
		labels = append(labels, fmt.Sprintf("class %d", i%1000))
	}
	d, err := openFile(t, "own.csv", labelsCSV(labels...))
	if err != nil || len(d.Labels) != 1000 {
		t.Fatal(err)
	}
	for i, class := range d.Mapping() {
		if class.Index != i || class.Train != 3 || class.Class != d.Labels[i] {
			t.Fatalf("%+v", class)
		}
	}
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	_, err = openFile(t, "own.csv", labelsCSV(labels...))
	wantError(t, err, "own", "a label of its own", "data.Regression", "Columns.Label")
}

func TestMultiLabel(t *testing.T) {
	type row struct {
		Text   string   `parquet:"text"`
		Labels []string `parquet:"labels,list"`
	}
	type coded struct {
		Text   string  `parquet:"text"`
		Labels []int32 `parquet:"labels,list,optional"`
	}
	want := [][]int{{0, 2}, {}, {1}}
	names := []string{"a", "b", "c"}
	const metadata = `{"info":{"features":{"labels":{"feature":{"names":["a","b","c"],"_type":"ClassLabel"},"_type":"List"}}}}`
	for name, c := range map[string]struct {
		opener        Opener
		file, content string
		note          string
	}{
		"lists":         {Opener{}, "own.jsonl", `{"text":"x","label":["c","a"]}` + "\n" + `{"text":"y","label":[]}` + "\n" + `{"text":"z","label":["b","b"]}`, "name a class twice"},
		"bars":          {Opener{}, "own.csv", labelsCSV("c | a", "", "b"), `"|" separates`},
		"commas":        {Opener{}, "own.csv", labelsCSV("a,c", "", "b"), `"," separates`},
		"slashes":       {Opener{LabelSeparator: "/"}, "own.csv", labelsCSV("c/a", "", "b"), "1 of 3 examples have no label"},
		"Python's":      {Opener{}, "own.csv", strings.ReplaceAll(labelsCSV("['c', 'a']", "[]", "['b']"), `\'`, `'`), "have no label"},
		"columns":       {Opener{}, "own.csv", "text,a,b,c\nx,1,0,1\ny,0,0,0\nz,0,1,0\n", "which contain only 0 and 1, are the classes"},
		"named columns": {Opener{Columns: Columns{Label: "a, b,c"}}, "own.csv", "text,id,a,b,c,label\nx,1,1,0,1,9\ny,2,0,0,0,9\nz,3,0,1,0,9\n", `"label" is not used`},
		"Parquet":       {Opener{}, "own.parquet", string(packParquet(t, "", row{"x", []string{"c", "a"}}, row{"y", nil}, row{"z", []string{"b"}})), `"labels" is the label`},
		"declared":      {Opener{}, "own.parquet", string(packParquet(t, metadata, coded{"x", []int32{2, 0}}, coded{"y", []int32{}}, coded{"z", []int32{1}})), `"labels" is the label`},
	} {
		t.Run(name, func(t *testing.T) {
			c.opener.Task = MultiLabel
			d, err := openWith(t, c.opener, c.file, c.content)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(d.Labels, names) || d.Task != MultiLabel {
				t.Errorf("classes %q of %s", d.Labels, d.Task)
			}
			for i, e := range d.Train {
				if !reflect.DeepEqual(e.Labels, want[i]) || e.Label != -1 {
					t.Errorf("%+v, want %v", e, want[i])
				}
			}
			if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("notes %q lack %q", notes, c.note)
			}
			if !strings.HasSuffix(d.String(), "train 3 (a 1, b 1, c 1), test 0") {
				t.Error(d)
			}
		})
	}
	for name, c := range map[string]struct{ content, want string }{
		"two separators": {labelsCSV("a|b", "c,d"), "LabelSeparator"},
		"mixed":          {`{"text":"x","label":["a"]}` + "\n" + `{"text":"y","label":[1]}`, "only integers or only names"},
		"no list":        {`{"text":"x","label":{"a":"b"}}`, "found b for \"a\""},
		"null":           {`{"text":"x","label":null}`, `"label" is missing`},
		"test only":      {"text,label,split\nx,a|b,train\ny,c,test\n", `label "c"`},
		"no class":       {`{"text":"x","label":[]}`, "no training example has a label"},
		"not 0 or 1":     {"text,a,b\nx,1,0\n", "no column"},
	} {
		t.Run(name, func(t *testing.T) {
			file := "own.csv"
			if c.content[0] == '{' {
				file = "own.jsonl"
			}
			o := Opener{Task: MultiLabel}
			if name == "not 0 or 1" {
				o.Columns.Label = "a,c"
				c.want = "there is no such column"
			}
			_, err := openWith(t, o, file, c.content)
			wantError(t, err, c.want)
		})
	}
	_, err := openWith(t, Opener{Task: MultiLabel, Columns: Columns{Label: "a,b"}}, "own.csv", "text,a,b\nx,1,2\n")
	wantError(t, err, "own.csv:2", `label column "b" is "2": expected 0 or 1`)
	_, err = openFile(t, "own.jsonl", `{"text":"x","label":["a"]}`)
	wantError(t, err, "data.MultiLabel")
}

func TestRegression(t *testing.T) {
	type row struct {
		Text  string  `parquet:"text"`
		Score float64 `parquet:"score"`
	}
	path := filepath.Join(t.TempDir(), "own.parquet")
	if err := parquet.WriteFile(path, []row{{"x", 0.5}, {"y", -3}, {"z", 1e3}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, content, column string }{
		"strings": {"own.csv", "text,score\nx,0.5\ny,-3\nz,1e3\n", "score"},
		"numbers": {"own.jsonl", `{"text":"x","label":0.5}` + "\n" + `{"text":"y","label":-3}` + "\n" + `{"text":"z","label":1000}`, "label"},
		"commas":  {"own.csv", "text;score\nx;0,5\ny;-3\nz;1000,0\n", "score"},
		"Parquet": {"", path, "score"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Opener{Task: Regression}.Open(context.Background(), c.content)
			if c.file != "" {
				d, err = openWith(t, Opener{Task: Regression}, c.file, c.content)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(d.Labels, []string{c.column}) {
				t.Errorf("%q", d.Labels)
			}
			for i, want := range []float64{0.5, -3, 1000} {
				if e := d.Train[i]; e.Value != want || e.Label != -1 {
					t.Errorf("%+v, want %v", e, want)
				}
			}
		})
	}
	for content, want := range map[string]string{
		labelsCSV("1", "good"):  `own.csv:3: "label" is "good": expected a number`,
		labelsCSV("1", "NaN"):   "expected a finite number",
		labelsCSV("1", "inf"):   "expected a finite number",
		labelsCSV("1", "0x10"):  "expected a number",
		labelsCSV("1", "1e999"): "expected a finite number",
		labelsCSV("1,234", "2"): "a decimal comma or a thousand",
		labelsCSV("1.5", "2,5"): "expected a number",
		labelsCSV("2", "2"):     "every label is 2",
	} {
		_, err := openWith(t, Opener{Task: Regression}, "own.csv", content)
		wantError(t, err, want)
	}
}

// TestBadRows: bad rows are counted and named, and fail or are skipped by choice.
func TestBadRows(t *testing.T) {
	var b strings.Builder
	b.WriteString("text,label\n")
	for i := range 12 {
		fmt.Fprintf(&b, "text %d,%d\n ,0\nmissing,\nbroken\n", i, i%2)
	}
	_, err := openFile(t, "own.csv", b.String())
	wantError(t, err, "own.csv:3: text is empty", "own.csv:4: \"label\" is missing", "own.csv:5: the record has 1 fields", "and 26 more",
		"36 of 48 rows cannot be used", "SkipBadRows", "-p badRows=skip")
	var bad *BadRowsError
	var first *LineError
	if !errors.As(err, &bad) || bad.Count != 36 || bad.Rows != 48 || len(bad.First) != 10 || !errors.As(err, &first) || first.Line != 3 {
		t.Errorf("%#v", bad)
	}
	d, err := openWith(t, Opener{BadRows: SkipBadRows}, "own.csv", b.String())
	if err != nil {
		t.Fatal(err)
	}
	warning := strings.Join(d.Warnings, "\n")
	if len(d.Train) != 12 || !strings.Contains(warning, "36 of 48 rows cannot be used and were skipped") || strings.Count(warning, "own.csv:") != 10 || !strings.Contains(warning, "and 26 more") {
		t.Errorf("%v, %q", d, warning)
	}
	for name, content := range map[string]string{
		"own.jsonl": `{"text":"a","label":0}` + "\nnot JSON\n" + `{"text":"b","label":1}` + "\n" + `{"text":null,"label":1}` + "\n{\"text\":\"caf\xe9\",\"label\":1}\n",
		"own.json":  `[{"text":"a","label":0},7,{"text":"b","label":1},{"text":"","label":1},{"label":1}]`,
	} {
		d, err := openWith(t, Opener{BadRows: SkipBadRows}, name, content)
		if err != nil || len(d.Train) != 2 || !strings.Contains(strings.Join(d.Warnings, ""), "3 of 5 rows") {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	_, err = openWith(t, Opener{BadRows: SkipBadRows}, "own.csv", "text,label\n ,0\n ,1\n")
	wantError(t, err, "no training review", "2 of 2 rows")
}
