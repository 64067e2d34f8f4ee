package data

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// checkOutline requires that the outline of a source has the examples, the notes, the warnings and
// the error of its data set, and returns the error.
func checkOutline(t *testing.T, o Opener, spec string) error {
	t.Helper()
	d, failed := o.Open(t.Context(), spec)
	out, err := o.Outline(t.Context(), spec)
	if fmt.Sprint(err) != fmt.Sprint(failed) {
		t.Fatalf("%+v, %s:\noutline:  %v\ndata set: %v", o, spec, err, failed)
	}
	if err != nil {
		return err
	}
	about := func(name string, task Task, labels, warnings, notes []string) string {
		return fmt.Sprintf("%q %q %q\n%s\n%s", name, task, labels, strings.Join(warnings, "\n"), strings.Join(notes, "\n"))
	}
	if diff := cmp.Diff(about(d.Name, d.Task, d.Labels, d.Warnings, d.Notes), about(out.Name, out.Task, out.Labels, out.Warnings, out.Notes)); diff != "" {
		t.Fatalf("%+v, %s: %s", o, spec, diff)
	}
	if diff := cmp.Diff(d.TestWarnings(), out.TestWarnings()); diff != "" {
		t.Error(diff)
	}
	halves, refs := [][]Example{d.Train, d.Validation, d.Test}, [][]Ref{out.Train, out.Validation, out.Test}
	each := make([][]Example, len(halves))
	err = out.Each(t.Context(), func(r Ref, e Example) error {
		half := int(r.half)
		if refs[half][len(each[half])] != r {
			t.Fatalf("%v is the reference of example %d", r, len(each[half]))
		}
		each[half] = append(each[half], e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	bytes := int64(0)
	for half, examples := range halves {
		if len(refs[half]) != len(examples) || len(each[half]) != len(examples) {
			t.Fatalf("half %d: %d references, %d examples, expected %d", half, len(refs[half]), len(each[half]), len(examples))
		}
		var odd []Ref
		var want []Example
		for i, e := range examples {
			if diff := cmp.Diff(e, each[half][i]); diff != "" {
				t.Fatalf("%+v, %s: half %d: %s", o, spec, half, diff)
			}
			if diff := cmp.Diff(e.Answer(), refs[half][i].Answer()); diff != "" {
				t.Fatalf("half %d: %s", half, diff)
			}
			if i%3 == 1 {
				odd, want = append(odd, refs[half][i]), append(want, e)
			}
			if half == 0 {
				bytes += int64(len(e.Text) + len(e.TextPair))
			}
		}
		slices.Reverse(odd)
		slices.Reverse(want)
		got, err := out.Examples(t.Context(), odd, refs[half])
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || !slices.EqualFunc(got[0], want, cmpEqual) || !slices.EqualFunc(got[1], examples, cmpEqual) {
			t.Fatalf("half %d: other examples", half)
		}
	}
	if out.TrainBytes != bytes {
		t.Errorf("%d bytes, expected %d", out.TrainBytes, bytes)
	}
	return nil
}

func cmpEqual(a, b Example) bool { return cmp.Equal(a, b) }

// randomTable is a table of random records, some of which cannot be used.
type randomTable struct {
	task    Task
	columns []string // text, label, and others
	rows    [][]string
}

// labelPools have the labels of a table, by task.
var labelPools = map[Task][][]string{
	SingleLabel: {{"ham", "spam", " eggs "}, {"0", "1"}, {"0", "1", "2", "-1"}, {"-1", "0", "1"}, {"3", "5", "9"}, {"1.0", "2.0"}, {"Ham", "ham", "NA"}, {"ham", ""}, {"1", "x"}},
	MultiLabel:  {{"x|y", "y|x", "x", "", "x|x", "z"}, {"0;2", "1", "0"}, {"x,y", "x|y"}},
	Regression:  {{"1.5", "2", "-3e2"}, {"1,5", "2", "3,25"}, {"1.5", "2", "bad"}, {"1", "1"}, {"2", ""}},
}

func newRandomTable(r *rand.Rand, task Task) randomTable {
	t := randomTable{task: task, columns: []string{"text", "label"}}
	pool := labelPools[task][r.IntN(len(labelPools[task]))]
	ids, splits := r.IntN(5), r.IntN(3)
	if ids > 0 {
		t.columns = append(t.columns, "id")
	}
	if splits > 0 {
		t.columns = append(t.columns, "split")
	}
	paired := r.IntN(4) == 0
	if paired {
		t.columns = append(t.columns, "text_pair")
	}
	hidden := r.IntN(5) == 0
	blank := r.IntN(3) == 0
	for i := range 4 + r.IntN(40) {
		text := fmt.Sprintf("text <br> number %d,\nof \"%d\"", r.IntN(30), i)
		if blank && r.IntN(15) == 0 {
			text = " "
		}
		row := []string{text, pool[r.IntN(len(pool))]}
		split := []string{"train", "train", "dev", "test"}[r.IntN(4)]
		if ids > 0 {
			id := strconv.Itoa(i)
			switch {
			case ids == 2 && r.IntN(2) == 0:
				id = ""
			case ids == 3 && splits > 0: // numbered in each half
				id = split + strconv.Itoa(i)
				if r.IntN(2) == 0 {
					id = strconv.Itoa(i / 2)
				}
			case ids == 4 && r.IntN(8) == 0:
				id = "train/" + strconv.Itoa(r.IntN(50))
			case ids == 4:
				id = ""
			}
			row = append(row, id)
		}
		if splits > 0 {
			if hidden && split == "test" {
				row[1] = []string{"-1", ""}[splits-1]
			}
			row = append(row, split)
		}
		if paired {
			row = append(row, fmt.Sprintf("pair %d", i))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// write writes the table, or its first or second part, and returns the path.
func (r randomTable) write(t *testing.T, path string, rows [][]string) string {
	t.Helper()
	var out strings.Builder
	switch filepath.Ext(path) {
	case ".csv":
		w := csv.NewWriter(&out)
		if err := w.WriteAll(append([][]string{r.columns}, rows...)); err != nil {
			t.Fatal(err)
		}
	case ".jsonl":
		for _, row := range rows {
			object := map[string]any{}
			for i, name := range r.columns {
				object[name] = row[i]
				if n, err := strconv.ParseFloat(row[i], 64); err == nil && name == "label" {
					object[name] = n
				}
				if row[i] == "" {
					object[name] = nil
				}
				if name == "label" && r.task == MultiLabel && strings.Contains(row[i], "|") {
					object[name] = strings.Split(row[i], "|")
				}
			}
			line, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(line, '\n'))
		}
	}
	return writeFile(t, path, out.String())
}

// TestOutline: of random tables in one file, in several files and in a folder, with ids, splits,
// pairs, hidden test labels and records that cannot be used, the outline is that of the data set.
func TestOutline(t *testing.T) {
	tables := 200
	if testing.Short() {
		tables = 40
	}
	opened, repeated, refused := 0, 0, map[string]int{}
	for seed := range tables {
		r := rand.New(rand.NewPCG(uint64(seed), 21))
		task := []Task{SingleLabel, MultiLabel, Regression}[r.IntN(3)]
		table := newRandomTable(r, task)
		o := Opener{Task: task, Raw: r.IntN(2) == 0, BadRows: []BadRows{"", SkipBadRows, SkipBadRows}[r.IntN(3)],
			HeldBytes: []int64{-1, 0, 9000}[r.IntN(3)]} // none are held, all, or some at first
		dir, cut := t.TempDir(), r.IntN(len(table.rows))
		extension := []string{".csv", ".jsonl"}[r.IntN(2)]
		spec := ""
		switch r.IntN(3) {
		case 0:
			spec = table.write(t, filepath.Join(dir, "own"+extension), table.rows)
		case 1:
			table.write(t, filepath.Join(dir, "a"+extension), table.rows[:cut])
			table.write(t, filepath.Join(dir, "b"+extension), table.rows[cut:])
			spec = filepath.Join(dir, "*"+extension)
		case 2:
			spec = dir
			table.write(t, filepath.Join(dir, "train"+extension), table.rows[:cut])
			table.write(t, filepath.Join(dir, "test"+extension), table.rows[cut:])
		}
		if err := checkOutline(t, o, spec); err == nil {
			opened++
			if d, err := o.Open(context.Background(), spec); err == nil && strings.Contains(strings.Join(d.Warnings, "\n"), "occurs twice") {
				repeated++
			}
		} else {
			for _, word := range []string{"cannot be used", "not in range", "out of range", "label is", "no training"} {
				if strings.Contains(err.Error(), word) {
					refused[word]++
				}
			}
		}
	}
	if opened < tables/5 || repeated < tables/30 || refused["cannot be used"] < tables/30 {
		t.Errorf("%d of %d tables were opened, %d of them without their ids, others refused: %v", opened, tables, repeated, refused)
	}
}

// TestOutlineFormats: the formats that are read again, and those that are held in memory.
func TestOutlineFormats(t *testing.T) {
	dir := t.TempDir()
	const table = "text,label\na fine day,1\na poor day,0\na day,1\n"
	for spec, task := range map[string]Task{
		writeFile(t, filepath.Join(dir, "own.parquet"), string(packParquet(t, hubMetadata, hubRow{"good", 1}, hubRow{"bad", 0}, hubRow{"fine", 1}))):    SingleLabel,
		writeFile(t, filepath.Join(dir, "own.csv.zst"), compressed(t, ".zst", table)):                                                                   SingleLabel,
		writeFile(t, filepath.Join(dir, "own.json"), `{"train":[{"text":"a","label":"x"},{"text":"b","label":"y"}],"test":[{"text":"c","label":"x"}]}`): SingleLabel,
		writeFile(t, filepath.Join(dir, "own.conll"), "Anna B-PER\nsleeps O\n\nBen B-PER\n"):                                                            TokenClassification,
		writeZip(t, "own.zip", [2]string{"own.csv", table}):                                                                                             SingleLabel,
		filepath.Dir(filepath.Dir(writeFile(t, filepath.Join(t.TempDir(), "sport", "1.txt"), "a match"))):                                               "",
		writeArchive(t, small...): SingleLabel,
		Sample:                    SingleLabel,
	} {
		if task == "" { // a folder for each class
			writeFile(t, filepath.Join(spec, "politics", "1.txt"), "a vote")
		}
		if err := checkOutline(t, Opener{Task: task, HeldBytes: -1}, spec); err != nil {
			t.Error(err)
		}
	}
	if _, err := (Opener{Unlabelled: true}).Outline(t.Context(), Sample); err == nil || !strings.Contains(err.Error(), "Unlabelled") {
		t.Error(err)
	}
}

// TestOutlineOfChangedFile: examples of a file that has changed are an error, not other examples.
func TestOutlineOfChangedFile(t *testing.T) {
	for name, content := range map[string]string{
		"longer":            "text,label\na,0\nb,1\nc,1\n",
		"of the same size":  "text,label\na,0\nc,1\n",
		"with other labels": "text,label\na,1\nb,0\n",
		"not there":         "",
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), "own.csv"), smallCSV)
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		out, err := Opener{HeldBytes: -1}.Outline(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		want := "own.csv has changed"
		if content == "" {
			want = "no such file"
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Examples(t.Context(), out.Train); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOutlineEnds: the reading ends with the error of the caller or of the context.
func TestOutlineEnds(t *testing.T) {
	out, err := Opener{HeldBytes: -1}.Outline(t.Context(), writeFile(t, filepath.Join(t.TempDir(), "own.csv"), smallCSV))
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	if err := out.Each(t.Context(), func(Ref, Example) error { return enough }); err != enough {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := out.Examples(ctx, out.Train); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := out.Train[1].String(); got != "train[1]" {
		t.Error(got)
	}
}

// TestOutlineMemory: an outline of four times the records takes a few bytes more for each, while it
// is read and afterwards, and not their texts. The live heap is measured at each report of progress.
func TestOutlineMemory(t *testing.T) {
	const rows, textSize, most = 3000, 4000, 160 // most is the size of a record in memory, in bytes
	filler := strings.Repeat("word ", textSize/5)
	used := func(rows int, open func(Opener, string) any) int64 {
		var table strings.Builder
		table.WriteString("id,text,label\n")
		for i := range rows {
			fmt.Fprintf(&table, "own%d,%d %s,class %d\n", i, i, filler, i%7)
		}
		path := writeFile(t, filepath.Join(t.TempDir(), "own.csv"), table.String())
		table.Reset()
		before, peak := heap(), int64(0)
		o := Opener{HeldBytes: -1, Progress: func(int64, int64) { peak = max(peak, heap()) }}
		kept := open(o, path)
		peak = max(peak, heap())
		runtime.KeepAlive(kept)
		return peak - before
	}
	outline := func(o Opener, path string) any {
		out, err := o.Outline(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Examples(t.Context(), out.Train[:100]); err != nil {
			t.Fatal(err)
		}
		return out
	}
	whole := func(o Opener, path string) any {
		d, err := o.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	few, many := used(rows, outline), used(4*rows, outline)
	t.Logf("outline: %d KiB for %d records, %d KiB for %d", few>>10, rows, many>>10, 4*rows)
	if growth := many - few; growth > 3*rows*most {
		t.Errorf("%d more records take %d KiB more, expected at most %d bytes each", 3*rows, growth>>10, most)
	}
	if all := used(rows, whole); all < rows*textSize {
		t.Errorf("the data set takes %d KiB: expected at least its texts", all>>10)
	}
}
