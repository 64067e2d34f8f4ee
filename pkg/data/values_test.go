package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// classesOf are the class names of reviews, in order.
func classesOf(d *Dataset, reviews []Example) (names []string) {
	for _, r := range reviews {
		names = append(names, d.Labels[r.Label])
	}
	return names
}

// TestCodesAndNames: where the class names are numbers, a number in JSON is an
// index, and a string, in JSON or CSV, a name, or an index where there is no such name.
func TestCodesAndNames(t *testing.T) {
	dir := t.TempDir()
	const metadata = `{"info": {"features": {"label": {"names": ["1", "0", "10"], "_type": "ClassLabel"}}}}`
	writeFile(t, filepath.Join(dir, "train.parquet"), string(packParquet(t, metadata, hubRow{"a", 0}, hubRow{"b", 1}, hubRow{"c", 2})))
	writeFile(t, filepath.Join(dir, "test.jsonl"), `{"text":"a","label":0}
{"text":"b","label":1}
{"text":"c","label":2}
{"text":"d","label":"0"}
{"text":"e","label":"1"}
{"text":"f","label":"10"}
{"text":"g","label":"2"}`)
	d, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1", "0", "10"}, classesOf(d, d.Train)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1", "0", "10", "0", "1", "10", "10"}, classesOf(d, d.Test)); diff != "" {
		t.Error(diff)
	}
	writeFile(t, filepath.Join(dir, "test.jsonl"), `{"text":"a","label":10}`)
	_, err = Open(context.Background(), dir)
	wantError(t, err, "test.jsonl:1", `label "10" is out of range`, "0 to 2", `"10"`)
	writeFile(t, filepath.Join(dir, "test.jsonl"), `{"text":"a","label":"01"}`)
	_, err = Open(context.Background(), dir)
	wantError(t, err, "test.jsonl:1", `label "01"`)
}

// TestHiddenLabels: a test half whose labels are all hidden is not used, with a note. If only
// some are hidden, the first is explained.
func TestHiddenLabels(t *testing.T) {
	hidden := splitRow{"c", -1, "test"}
	for name, content := range map[string]string{
		"own.csv":     "text,label,split\na,0,train\nb,1,train\nc,-1,test\nd,-1,test\n",
		"missing.csv": "text,label,split\na,0,train\nb,1,train\nc,,test\nd,,test\n",
		"names.csv":   "text,label,split\na,ham,train\nb,spam,train\nc,-1,test\nd,-1,test\n",
		"own.jsonl":   `{"text":"a","label":0,"split":"train"}` + "\n" + `{"text":"b","label":1,"split":"train"}` + "\n" + `{"text":"c","split":"test"}` + "\n" + `{"text":"d","split":"test"}`,
		"own.parquet": string(packParquet(t, hubMetadata, splitRow{"a", 0, "train"}, splitRow{"b", 1, "train"}, hidden, hidden)),
	} {
		d, err := openFile(t, name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(d.Train) != 2 || len(d.Test) != 0 || !strings.Contains(strings.Join(d.Notes, "\n"), "the test half is not used: its 2 examples have") {
			t.Errorf("%s: %v, notes %q", name, d, d.Notes)
		}
	}
	_, err := openFile(t, "own.csv", "text,label,split\na,0,train\nb,1,train\nc,-1,test\nd,1,test\n")
	wantError(t, err, "own.csv:4", "hidden label")
	_, err = openFile(t, "own.csv", "text,label,split\na,0,train\nb,1,train\nc,1,test\nd,,test\n")
	wantError(t, err, "own.csv:5", `"label" is missing`)
	_, err = openFile(t, "own.parquet", string(packParquet(t, hubMetadata, splitRow{"a", 0, "train"}, splitRow{"b", 1, "train"}, hidden, splitRow{"d", 1, "test"})))
	wantError(t, err, "own.parquet:3", "hidden label")
	_, err = openFile(t, "own.csv", "text,label\na,0\nb,-1\n")
	if err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("in the training half: %v", err)
	}
}

type splitRow struct {
	Text  string `parquet:"text"`
	Label int64  `parquet:"label"`
	Split string `parquet:"split"`
}

// TestLabelsWithLeadingZeros: "1" and "01" are two names, not one code.
func TestLabelsWithLeadingZeros(t *testing.T) {
	d, err := openFile(t, "own.csv", "text,label\na,00\nb,01\nc,+1\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"00", "01", "+1"}, classesOf(d, d.Train)); diff != "" {
		t.Error(diff)
	}
	_, err = openFile(t, "own.csv", "text,label\na,0\nb,1\nc,01\n")
	wantError(t, err, "own.csv:4", "only integers or only names")
}

// TestJSONLFieldNamesAreExact: fields of another case are other fields, in any
// order, and a field that occurs twice is an error.
func TestJSONLFieldNamesAreExact(t *testing.T) {
	d, err := openFile(t, "own.jsonl", `{"text":"right","Text":"wrong","TEXT":"wrong","label":0,"Label":1,"ID":"wrong","Rating":3}
{"LABEL":0,"Text":"wrong","label":1,"text":"right","id":"b"}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Example{{ID: "train/1", Text: "right"}, {ID: "b", Text: "right", Label: 1}}
	if diff := cmp.Diff(want, d.Train); diff != "" {
		t.Error(diff)
	}
	for line, word := range map[string]string{
		`{"text":"a","label":0,"text":"b"}`:    `"text" occurs twice`,
		`{"text":"a","label":0,"\u0074ext":1}`: `"text" occurs twice`,
	} {
		_, err := openFile(t, "own.jsonl", line)
		wantError(t, err, "own.jsonl:1", word)
	}
}

// TestJSONLSurrogates: half of a surrogate pair is an error, as in pyarrow, and not U+FFFD.
func TestJSONLSurrogates(t *testing.T) {
	d, err := openFile(t, "own.jsonl", `{"text":"\ud83d\ude00 a","label":0,"id":1.5}
{"text":"\uFFFD b","label":1}
{"text":"� c","label":1}
`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"😀 a", "\ufffd b", "\ufffd c"}, Texts(d.Train)); diff != "" || d.Train[0].ID != "1.5" {
		t.Error(diff, d.Train[0].ID)
	}
	for _, text := range []string{`\ud83d a`, `a \ude00`, `\ud83d\ud83d`, `\ufffd \ud83d`, "\ufffd \\ud83d", `\\ufffd \ud83d`, `\ud83d\n\ude00`, `\uDE00\uD83D`} {
		_, err := openFile(t, "own.jsonl", `{"text":"`+text+`","label":0}`)
		wantError(t, err, "own.jsonl:1", "surrogate")
	}
}

// TestFieldsThatAreNotUTF8: a label or an id in another encoding is an error, as a text
// is. Written as JSON, two such classes would have one name.
func TestFieldsThatAreNotUTF8(t *testing.T) {
	for field, content := range map[string]string{
		"label": "text,label\nGood,pos\nBad,n\xe9g\n",
		"id":    "text,label,id\nGood,pos,1\nBad,neg,\xe9\n",
		"split": "text,label,split\nGood,pos,train\nBad,neg,tr\xe9n\n",
	} {
		_, err := openFile(t, "own.csv", content)
		wantError(t, err, "own.csv:3", field, "UTF-8")
		if !errors.Is(err, ErrNotUTF8) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// TestIDsOfHalves: ids that are unique in each half only are preceded by it.
func TestIDsOfHalves(t *testing.T) {
	d, err := openFile(t, "own.csv", "id,text,label,split\n1,a,0,train\n2,b,1,train\n,c,0,train\n1,d,0,test\n3,e,1,test\n")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range append(d.Train, d.Test...) {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"train/1", "train/2", "train/4", "test/1", "test/3"}, ids); diff != "" {
		t.Error(diff)
	}
}

// TestRepeatedIDs: a column of ids that is found, and in which one occurs twice in a half, is not used; one that the
// caller names is an error.
func TestRepeatedIDs(t *testing.T) {
	for content, want := range map[string][]string{
		"id,text,label,split\n1,a,0,train\n2,b,1,train\n1,d,0,test\n2,e,1,test\n2,f,1,test\n": {"own.csv:6", `id "2" occurs twice`, "own.csv:5"},
		"id,text,label,split\n3,a,0,train\n,b,1,train\n3,d,0,test\n":                          {"own.csv:3", `id "train/3" occurs twice`},
	} {
		_, err := openWith(t, Opener{Columns: Columns{ID: "id"}}, "own.csv", content)
		wantError(t, err, want...)
		for _, o := range []Opener{{}, {HeldBytes: -1}} {
			path := writeFile(t, filepath.Join(t.TempDir(), "own.csv"), content)
			outline, err := o.Outline(context.Background(), path)
			if err != nil {
				t.Fatal(err)
			}
			lists, err := outline.Examples(context.Background(), outline.Train, outline.Test)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range slices.Concat(lists...) {
				if want := fmt.Sprintf("%s/%d", e.ID[:strings.Index(e.ID, "/")], i+2); e.ID != want || e.Text == "" {
					t.Errorf("id %q, want %q", e.ID, want)
				}
			}
			if warnings := strings.Join(outline.Warnings, "\n"); !strings.Contains(warnings, "not used") || !strings.Contains(warnings, "occurs twice") {
				t.Errorf("warnings %q", warnings)
			}
		}
	}
}

// TestFileWithoutRecords: a half's file without records is a warning.
func TestFileWithoutRecords(t *testing.T) {
	for name, content := range map[string]string{
		"test.parquet": string(packParquet[hubRow](t, "")), "test.csv": "text,label\n", "test.jsonl": "\n",
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "train.csv"), "text,label\na,0\nb,1\n")
		empty := writeFile(t, filepath.Join(dir, name), content)
		d, err := Open(context.Background(), dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(d.Train) != 2 || len(d.Test) != 0 || len(d.Warnings) != 1 || d.Warnings[0] != empty+" holds no review" {
			t.Errorf("%s: %v, warnings %q", name, d, d.Warnings)
		}
	}
}

const pointer = "version https://git-lfs.github.com/spec/v1\n" +
	"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

// TestPointersAreNamed: every data file may be a Git LFS pointer, which the error says.
func TestPointersAreNamed(t *testing.T) {
	dir := t.TempDir()
	review := unpack(t, with(entry{name: "aclImdb/train/pos/5_9.txt", content: pointer})...)
	for _, spec := range []string{
		writeFile(t, filepath.Join(dir, "a.jsonl"), pointer),
		writeFile(t, filepath.Join(dir, "a.csv"), pointer),
		writeFile(t, filepath.Join(dir, "a.parquet"), pointer),
		writeFile(t, filepath.Join(dir, "aclImdb_v1.tar.gz"), pointer),
		writeFile(t, filepath.Join(dir, "aclImdb_v1.tar.xz"), pointer),
		writeArchive(t, with(entry{name: "aclImdb/train/pos/5_9.txt", content: pointer})...),
		review,
	} {
		_, err := Open(context.Background(), spec)
		wantError(t, err, spec, "Git LFS pointer", "12345 bytes", "git lfs pull")
		if err != nil && strings.Contains(err.Error(), "download the archive again") {
			t.Errorf("wrong advice: %v", err)
		}
	}
}
