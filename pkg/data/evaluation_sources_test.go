package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/hubdata"
)

// TestEvaluationArchives: archives of one half or class.
func TestEvaluationArchives(t *testing.T) {
	o := Opener{Evaluation: true}
	serials := numberedFiles(51, "pos/cv%03d_%d.txt", func(i int) int { return 29590 - 7*i })
	for name, c := range map[string]struct {
		files  [][2]string
		labels []string
		sizes  [2]int // undivided and test
	}{
		"a table":        {[][2]string{{"own/test.csv", "text,label\na,x\n"}}, []string{"x"}, [2]int{0, 1}},
		"an only folder": {[][2]string{{"test/a.csv", "text,label\na,x\n"}}, []string{"x"}, [2]int{1, 0}},
		"a half":         {[][2]string{{"test/a.csv", "text,label\na,x\n"}, {"test/b.csv", "text,label\na,x\n"}}, []string{"x"}, [2]int{0, 2}},
		"a half by name": {[][2]string{{"dev/test.csv", "text,label\na,x\n"}}, []string{"x"}, [2]int{0, 1}},
		"names":          {[][2]string{{"a-test.csv", "text,label\na,x\n"}, {"b-test.csv", "text,label\na,y\n"}}, []string{"x", "y"}, [2]int{0, 2}},
		"texts":          {numberedFiles(51, "set/test/pos/cv%03d_%d.txt", func(i int) int { return 1000 + i }), []string{"pos"}, [2]int{0, 51}},
		"texts, serials": {serials, []string{"pos"}, [2]int{51, 0}},
		"a text":         {[][2]string{{"pos/1.txt", "a\n"}}, []string{"pos"}, [2]int{1, 0}},
		"an empty class": {[][2]string{{"pos/1.txt", "a"}, {"neg/", ""}}, []string{"pos"}, [2]int{1, 0}},
		"a text in test": {[][2]string{{"set/test/pos/1.txt", "a"}}, []string{"pos"}, [2]int{0, 1}},
		"files":          {[][2]string{{"set/pos.txt", "a"}, {"set/neg.txt", "a"}}, []string{"neg", "pos"}, [2]int{2, 0}},
	} {
		d, err := o.Open(t.Context(), writeZip(t, "own.zip", c.files...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sizes := [2]int{len(d.Train), len(d.Test)}; sizes != c.sizes || !slices.Equal(d.Labels, c.labels) {
			t.Errorf("%s: sizes %v, classes %q, want %v, %q", name, sizes, d.Labels, c.sizes, c.labels)
		}
	}
	for name, files := range map[string][][2]string{"serials": serials, "a text": {{"pos/1.txt", "a"}}} {
		_, err := Open(t.Context(), writeZip(t, "own.zip", files...))
		if err == nil || !strings.Contains(err.Error(), "pos holds the texts of one class") || !strings.Contains(err.Error(), "a folder for each class") || !strings.Contains(err.Error(), "unpack the archive") {
			t.Errorf("%s: %v, want an error about the texts of one class", name, err)
		}
	}
	if texts, warnings, err := OpenTexts(t.Context(), writeZip(t, "own.zip", [2]string{"pos/1.txt", "a"}, [2]string{"pos/2.txt", "b"})); err != nil || len(texts) != 2 || warnings != nil {
		t.Errorf("texts without labels: %q, %q, %v", texts, warnings, err)
	}
	imdb := writeArchive(t, entry{name: "aclImdb/test/pos/10_8.txt", content: "Good."})
	if d, err := o.Open(t.Context(), imdb); err != nil || len(d.Test) != 1 || d.Test[0].Label != 1 {
		t.Errorf("an archive of IMDB's positive test reviews: %v, %v", d, err)
	}
	if _, err := Open(t.Context(), imdb); err == nil {
		t.Error("a training accepted an archive of IMDB's positive test reviews")
	}
}

// numberedFiles returns files of two lines whose names have the number of the file and a second one.
func numberedFiles(count int, format string, second func(int) int) (files [][2]string) {
	for i := range count {
		files = append(files, [2]string{fmt.Sprintf(format, i, second(i)), "a\nb\n"})
	}
	return files
}

// TestNumberedFiles: of an archive with one folder of files that differ in nothing but numbers, a training and an
// evaluation read each file as a class, with a warning, and one file as a table.
func TestNumberedFiles(t *testing.T) {
	const perFile = "differ in nothing but numbers"
	year := func(i int) int { return 1950 + i }
	files := func(names ...string) (files [][2]string) {
		for _, name := range names {
			files = append(files, [2]string{name, "a\nb\n"})
		}
		return files
	}
	lines := Opener{Header: NoHeader}
	for name, c := range map[string]struct {
		opener  Opener
		files   [][2]string
		classes int
		texts   int
		warned  string
	}{
		"ranges":             {Opener{}, files("ages/18-24.txt", "ages/25-34.txt"), 2, 4, perFile},
		"ranges of years":    {Opener{}, files("decades/1990-1999.txt", "decades/2000-2009.txt"), 2, 4, perFile},
		"decimals":           {Opener{}, files("stars/1.0.txt", "stars/1.5.txt", "stars/5.0.txt"), 3, 6, perFile},
		"quarters":           {Opener{}, files("q/Q1_2023.txt", "q/Q2_2023.txt"), 2, 4, perFile},
		"serials, two":       {Opener{}, files("pos/cv000_29590.txt", "pos/cv001_18431.txt"), 2, 4, perFile},
		"numbers":            {Opener{}, files("stars/1.txt", "stars/2.txt"), 2, 4, perFile},
		"numbers, a line":    {Opener{}, [][2]string{{"stars/1.txt", "a"}, {"stars/2.txt", "b\n"}}, 2, 2, perFile},
		"words, a line":      {Opener{}, [][2]string{{"pos/review_1.txt", "a"}, {"pos/review_2.txt", "b"}}, 2, 2, perFile},
		"ranges, a line":     {Opener{}, [][2]string{{"ages/18-24.txt", "a"}, {"ages/25-34.txt", "b"}}, 2, 2, perFile},
		"many years":         {Opener{}, numberedFiles(60, "q/%d-%d.txt", year), 60, 120, perFile},
		"many, short second": {Opener{}, numberedFiles(60, "q/v%d.%d.txt", func(i int) int { return i }), 60, 120, perFile},
		"many, same second":  {Opener{}, numberedFiles(60, "q/week%d_%d.txt", func(int) int { return 2023 }), 60, 120, perFile},
		"serials, 50":        {Opener{}, numberedFiles(50, "pos/cv%03d_%d.txt", year), 50, 100, perFile},
		"a table":            {lines, [][2]string{{"one/file1.txt", strings.Repeat("great film\t1\nbad film\t0\n", 5)}}, 2, 10, ""},
		"a table, a header":  {Opener{}, [][2]string{{"one/file1.txt", "text\tlabel\ngreat film\t1\nbad film\t0\n"}}, 2, 2, ""},
		"a table of a year":  {lines, [][2]string{{"semeval/train2016.txt", strings.Repeat("great film\tpos\nbad film\tneg\n", 5)}}, 2, 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := wantEqual(t, c.opener, writeZip(t, "own.zip", c.files...))
			warnings := strings.Join(d.Warnings, "\n")
			if len(d.Labels) != c.classes || len(d.Train) != c.texts || !strings.Contains(warnings, c.warned) || strings.Contains(warnings, perFile) != (c.warned != "") {
				t.Errorf("%d classes, %d texts, warnings %q, want %d, %d, %q", len(d.Labels), len(d.Train), warnings, c.classes, c.texts, c.warned)
			}
		})
	}
}

// TestEvaluationOneClass: files such as README.txt are no texts of an only class, and a folder whose folders are the
// classes is not one.
func TestEvaluationOneClass(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		texts int
		want  []string // in the error
	}{
		"a README":               {[]string{"pos/README.TXT", "pos/1.txt"}, 1, nil},
		"a license, a half":      {[]string{"test/pos/LICENSE.txt", "test/pos/1.txt", "test/pos/2.txt"}, 2, nil},
		"a text about a license": {[]string{"pos/license_1.txt", "pos/notices.txt"}, 2, nil},
		"classes":                {[]string{"bbc/README.TXT", "bbc/business/001.txt", "bbc/sport/001.txt"}, 0, []string{`one class, "bbc"`, "bbc/business", "bbc are the classes", "open it by its name"}},
		"classes, a half":        {[]string{"test/bbc/README.TXT", "test/bbc/business/001.txt"}, 0, []string{`one class, "bbc"`, "test/bbc/business", "test/bbc are the classes"}},
		"a text beside classes":  {[]string{"bbc/1.txt", "bbc/business/001.txt"}, 0, []string{`one class, "bbc"`, "bbc/business"}},
		"a table":                {[]string{"pos/1.txt", "pos/scores.csv"}, 0, []string{`one class, "pos"`, "pos/scores.csv"}},
		"only a README":          {[]string{"pos/README.txt"}, 0, []string{"test.jsonl", `["pos"]`}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), "a text")
			}
			d, err := Opener{Evaluation: true}.Open(t.Context(), dir)
			if c.want != nil {
				wantError(t, err, c.want...)
				return
			}
			if err != nil || len(d.Train)+len(d.Test) != c.texts || len(d.Labels) != 1 || d.Warnings != nil {
				t.Errorf("%v, %v, want %d texts of one class", d, err, c.texts)
			}
		})
	}
}

// TestEvaluationHub: the hub's conversion and a repository with a validation split alone.
func TestEvaluationHub(t *testing.T) {
	rows := packParquet(t, hubMetadata, hubRow{"Good.", 1})
	o := Opener{Evaluation: true}
	for name, files := range map[string]map[string][]byte{
		"conversion": {"default/validation/0000.parquet": rows},
		"repository": {"data/dev-00000-of-00001.parquet": rows, "README.md": []byte("about")},
	} {
		server := hubtest.Serve(t, "datasets/owner/name", files)
		server.Lacks = map[string]bool{hubdata.Conversion: name == "repository"}
		d, err := o.Open(t.Context(), "owner/name")
		if err != nil || len(d.Validation) != 1 || d.Labels[d.Validation[0].Label] != "pos" {
			t.Errorf("%s: %v, %v", name, d, err)
		}
		if _, err := Open(t.Context(), "owner/name"); err == nil {
			t.Errorf("%s: a training accepted data without a training half", name)
		}
	}
	hubtest.Serve(t, "datasets/owner/name", map[string][]byte{"default/hard/0000.parquet": rows})
	_, err := o.Open(t.Context(), "owner/name")
	wantError(t, err, `no split "train", "validation" or "test"`, `["hard"]`)
}

// TestUnreadHalves: folders of texts that are no half for a training are none for an evaluation, and a
// warning names them.
func TestUnreadHalves(t *testing.T) {
	for name, c := range map[string]struct {
		more   string // beside train/pos.txt and train/neg.txt, or a folder for each class
		folder bool
		warned string
	}{
		"one file of a half":    {"test/pos.txt", false, "test"},
		"one text":              {"test/1.txt", true, "test"},
		"another name":          {"testing/pos/1.txt", true, "testing"},
		"more classes":          {"extra/pos/1.txt", true, "extra"},
		"texts":                 {"extra/1.txt", true, "extra"},
		"a file about the half": {"test/README.txt", true, ""},
		"images":                {"images/a/1.png", true, ""},
	} {
		dir := t.TempDir()
		files := []string{"train/pos.txt", "train/neg.txt"}
		if c.folder {
			files = []string{"train/pos/1.txt", "train/neg/1.txt"}
		}
		for _, file := range append(files, c.more) {
			writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), "a\n")
		}
		for _, evaluation := range []bool{false, true} {
			d, err := Opener{Evaluation: evaluation}.Open(t.Context(), dir)
			if err != nil || len(d.Train) != 2 || len(d.Test) != 0 {
				t.Errorf("%s: %v, %v", name, d, err)
				continue
			}
			warnings := strings.Join(d.Warnings, "\n")
			if strings.Contains(warnings, "not read") != (c.warned != "") || !strings.Contains(warnings, filepath.Join(dir, c.warned)) && c.warned != "" {
				t.Errorf("%s: the warnings are %q, want one about %q", name, warnings, c.warned)
			}
		}
	}
}

// TestEvaluationSaved: a DatasetDict of save_to_disk with a test split alone.
func TestEvaluationSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "saved")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "folders", "saved"))); err != nil {
		t.Fatal(err)
	}
	remove(t, dir, "train")
	remove(t, dir, "validation")
	writeFile(t, filepath.Join(dir, "dataset_dict.json"), `{"splits": ["test"]}`)
	d, err := Opener{Evaluation: true}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(partOf(halves.Test, 3), d.Test); diff != "" || !slices.Equal(d.Labels, []string{"poor", "fine"}) {
		t.Error(diff, d.Labels)
	}
	_, err = Open(t.Context(), dir)
	wantError(t, err, `["test"]`, `no "train"`)
	writeFile(t, filepath.Join(dir, "dataset_dict.json"), `{"splits": ["hard"]}`)
	if err := os.Rename(filepath.Join(dir, "test"), filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	_, err = Opener{Evaluation: true}.Open(t.Context(), dir)
	wantError(t, err, `["hard"]`, `no "train", "validation" or "test"`, "open the folder of one split")
}
