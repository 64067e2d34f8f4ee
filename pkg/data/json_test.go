package data

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// TestJSONForms: each form holds the same records.
func TestJSONForms(t *testing.T) {
	want := []Example{{ID: "train/1", Text: "Good, \"very\" [good]", Label: 1}, {ID: "train/2", Text: "Bad", Label: 0}}
	const first, second = `{"text": "Good, \"very\" [good]", "label": 1}`, `{"text": "Bad", "label": 0}`
	for name, c := range map[string]struct{ content, note string }{
		"array":         {"\ufeff[\n" + first + " ,\n" + second + "\n]\n", ""},
		"minified":      {`[` + first + `,` + second + `]`, ""},
		"lines":         {first + "\n" + second + "\n", ""},
		"data":          {`{"version": "1", "data": [` + first + `,` + second + `], "n": 2}`, `"version" and "n" beside it are not used`},
		"orient split":  {`{"columns":["text","label"],"index":[0,1],"data":[["Good, \"very\" [good]",1],["Bad",0]]}`, `orient="split"`},
		"orient index":  {`{"0":` + first + `,"1":` + second + `}`, `orient="index"`},
		"orient column": {`{"text":{"0":"Good, \"very\" [good]","1":"Bad"},"label":{"0":1,"1":0}}`, `orient="columns"`},
		"orient table":  {`{"schema":{"fields":[{"name":"text"}]},"data":[` + first + `,` + second + `]}`, `"schema" beside it`},
		"lists":         {`{"text":["Good, \"very\" [good]","Bad"],"label":[1,0]}`, "a list for each column"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := openFile(t, "own.json", c.content)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, d.Train); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
		})
	}
	d, err := openFile(t, "own.json", `{"train":[`+first+`,`+second+`],"test":[`+second+`]}`)
	if err != nil || len(d.Train) != 2 || len(d.Test) != 1 {
		t.Errorf("splits: %v, %v", d, err)
	}
	d, err = openFile(t, "own.json", `[["A long text about the food","intent_a"],["Another long text about food","intent_b"],["A third long text on food","intent_a"]]`)
	if err != nil || len(d.Train) != 3 || d.Labels[1] != "intent_b" {
		t.Errorf("arrays: %v, %v", d, err)
	}
}

// TestJSONArrayIsAStream: an array of many records is read in pieces.
func TestJSONArrayIsAStream(t *testing.T) {
	var b strings.Builder
	b.WriteString("[")
	for i := range 5000 {
		fmt.Fprintf(&b, "{\"text\":\"number %d\",\"label\":%d},\n", i, i%3)
	}
	d, err := openFile(t, "own.json", b.String()+`{"text":"last","label":0,"late":1}]`)
	if err != nil || len(d.Train) != 5001 || len(d.Notes) != 1 || !strings.Contains(d.Notes[0], `"late"`) {
		t.Errorf("%v, %v", d, err)
	}
}

func TestJSONFormFaults(t *testing.T) {
	const one = `{"text":"a","label":0}`
	for name, c := range map[string]struct{ content, want string }{
		"empty":         {" \n", "the file is empty"},
		"a number":      {"7", "begins with '7'"},
		"cut":           {"[" + one + ",", "check whether the file is complete"},
		"cut within":    {"[" + one + `,{"text":"b`, "check whether the file is complete"},
		"object cut":    {`{"data":[` + one, "check whether the file is complete"},
		"no comma":      {"[" + one + one + "]", "expected a comma"},
		"rest":          {"[" + one + "] x", "follows the JSON array"},
		"two arrays":    {`{"a":[` + one + `],"b":[` + one + `]}`, `several arrays, "a" and "b"`},
		"unclear":       {`{"a":{"x":1},"b":{"x":2}}`, "not clear whether they are rows or columns"},
		"uneven lists":  {`{"text":["a","b"],"label":[0]}`, "2 and 1 values"},
		"uneven row":    {`{"columns":["text","label"],"data":[["a",0],["b"]]}`, "own.json:2: the row has 1 values"},
		"not an object": {"[" + one + ",null]", "own.json:2: not a JSON object"},
		"bad element":   {"[" + one + `,{"text":"b","label":NaN}]`, `own.json:2: not a JSON object: field "label" is NaN`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, "own.json", c.content)
			wantError(t, err, "own.json", c.want)
		})
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`[{"text":"a","label":0},{"text":"b","label":1}]`)
	f.Add(`{"data":[{"text":"a","label":0}],"n":[1]}`)
	f.Add(`{"text":{"0":"a"},"label":{"0":1}}`)
	f.Add(`{"columns":["text","label"],"data":[["a",1]]}`)
	f.Add(`{"text":["a"],"label":[0]}`)
	f.Add(`[["a","b"],["c"]]`)
	f.Add(`{"train":[{"text":"a","label":"x"}],"test":[{"text":"a","label":"x"}]}`)
	f.Fuzz(func(t *testing.T, content string) {
		b := tableBuilder{opener: Opener{Unlabelled: true}}
		var err error
		memorytest.Bounded(t, len(content), func() {
			err = formats.ReadJSON(strings.NewReader(content), b.sink(formats.Table{Path: "fuzz.json"}))
		})
		if err != nil {
			return
		}
		if d, err := b.dataset(t.Context(), "fuzz"); err == nil {
			checkReviews(t, d)
		}
	})
}

// FuzzDialect: the columns of a sniffed file never lose a record without an error.
func FuzzDialect(f *testing.F) {
	f.Add("a;b\n1;2\n", "own.csv")
	f.Add("text\tlabel\n\"x\ty\nz\"w\t1\n", "own.tsv")
	f.Add("sep=|\ntext|label\n", "own.txt")
	f.Add("3,\"a \\\" b\",c\n4,d,e\n", "own.csv")
	f.Fuzz(func(t *testing.T, content, name string) {
		b := tableBuilder{opener: Opener{Unlabelled: true}}
		sink := b.sink(formats.Table{Path: name})
		rows := 0
		each, bad := sink.Each, sink.Bad
		sink.Each = func(r records.Record) error { rows++; return each(r) }
		sink.Bad = func(line int, err error) error { rows++; return bad(line, err) }
		var err error
		memorytest.Bounded(t, len(content), func() {
			err = formats.ReadCSV(strings.NewReader(content), name, formats.CSV{}, sink)
		})
		if err != nil {
			return
		}
		if got := len(b.rows) + b.passedOver + b.bad.count; got != rows {
			t.Fatalf("%d rows were read and %d counted", rows, got)
		}
		if d, err := b.dataset(t.Context(), "fuzz"); err == nil {
			checkReviews(t, d)
		}
	})
}
