package data

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// equalSources are files that a training reads.
var equalSources = map[string]struct {
	opener Opener
	files  map[string]string
	open   string // the file or pattern to open; "" for the folder
	zip    bool   // the files are those of an archive
}{
	"a table":                       {files: map[string]string{"own.csv": twoClasses}, open: "own.csv"},
	"halves":                        {files: map[string]string{"train.csv": twoClasses, "dev.csv": twoClasses, "test.csv": twoClasses}},
	"hidden test half":              {files: map[string]string{"train.csv": twoClasses, "test.csv": "text,label\na,-1\nb,-1\n"}},
	"splits":                        {files: map[string]string{"own.csv": "text,label,split\na,x,train\nb,y,train\nc,x,dev\nd,y,test\n"}, open: "own.csv"},
	"a pattern":                     {files: map[string]string{"a-train.csv": twoClasses, "a-test.csv": twoClasses}, open: "a-*.csv"},
	"a folder within":               {files: map[string]string{"eval/train-00000-of-00001.csv": twoClasses, "README.md": "x"}, open: "eval"},
	"files of classes":              {files: map[string]string{"pos.txt": "a\nb\n", "neg.txt": "c\n"}},
	"folders of classes":            {files: map[string]string{"pos/1.txt": "a", "neg/1.txt": "b", "main.go": "x"}},
	"one class in test":             {files: map[string]string{"train/pos.txt": "a\n", "train/neg.txt": "b\n", "test/pos.txt": "c\n"}},
	"a text in test":                {files: map[string]string{"train/pos/1.txt": "a", "train/neg/1.txt": "b", "test/1.txt": "c"}},
	"integers":                      {files: map[string]string{"train.csv": "text,label\na,5\nb,10\n", "test.csv": "text,label\na,10\n"}},
	"-1, 0 and 1":                   {files: map[string]string{"train.csv": "text,label\na,-1\nb,0\nc,1\n", "test.csv": "text,label\na,1\n"}},
	"-1 is skipped":                 {opener: Opener{BadRows: SkipBadRows}, files: map[string]string{"own.csv": "text,label\na,0\nb,2\nc,-1\n"}, open: "own.csv"},
	"several labels":                {opener: Opener{Task: MultiLabel}, files: map[string]string{"train.csv": "text,label\na,x|y\nb,z\n", "test.csv": "text,label\na,z\n"}},
	"classes as columns":            {opener: Opener{Task: MultiLabel}, files: map[string]string{"train.csv": "text,art,war\na,1,0\nb,0,1\n", "test.csv": "text,helpful\na,1\n"}},
	"numbers":                       {opener: Opener{Task: Regression}, files: map[string]string{"train.csv": "text,stars\na,1\nb,2\n", "dev.csv": "text,stars\na,-1\n", "test.csv": "text,stars\na,-1\nb,-1\n"}},
	"tags":                          {opener: Opener{Task: TokenClassification}, files: map[string]string{"train.txt": "Ann B-PER\nran O\n", "test.txt": "Rome B-LOC\n"}},
	"tags, hidden":                  {opener: Opener{Task: TokenClassification}, files: map[string]string{"train.jsonl": aTagged, "test.jsonl": `{"tokens":["a"]}`}},
	"IMDB":                          {files: map[string]string{"train/pos/1_9.txt": "a", "train/neg/1_2.txt": "b", "test/pos/1_9.txt": "c", "test/neg/1_1.txt": "d"}},
	"zip: evaluation/":              {zip: true, files: map[string]string{"evaluation/train.csv": twoClasses, "evaluation/test.csv": twoClasses}},
	"zip: test/":                    {zip: true, files: map[string]string{"test/train.csv": twoClasses, "test/test.csv": twoClasses}},
	"zip: train/":                   {zip: true, files: map[string]string{"train/train.csv": twoClasses, "train/test.csv": twoClasses}},
	"zip: eval/, words":             {zip: true, files: map[string]string{"eval/reviews-train.csv": twoClasses, "eval/reviews-test.csv": twoClasses}},
	"zip: test/, a folder":          {zip: true, files: map[string]string{"test/imdb/train.csv": twoClasses, "test/imdb/test.csv": twoClasses}},
	"zip: test/, a table":           {zip: true, files: map[string]string{"test/own.csv": twoClasses}},
	"zip: dev/, texts":              {zip: true, files: map[string]string{"dev/train/pos/1.txt": "a", "dev/train/neg/1.txt": "a", "dev/test/pos/1.txt": "b"}},
	"zip: train/, texts":            {zip: true, files: map[string]string{"train/pos/0.txt": "a", "train/neg/0.txt": "b"}},
	"zip: dev/, folders of classes": {zip: true, files: map[string]string{"dev/pos/0.txt": "a", "dev/neg/0.txt": "b"}},
	"zip: test/, files of classes":  {zip: true, files: map[string]string{"test/pos.txt": "a\n", "test/neg.txt": "b\n"}},
	"zip: numbers as classes":       {zip: true, files: map[string]string{"stars/1.txt": "a\nb\n", "stars/2.txt": "c\n", "stars/5.txt": "d\n"}},
	"zip: a table":                  {zip: true, files: map[string]string{"own.csv": twoClasses, "README.txt": "x"}},
	"zip: words in names":           {zip: true, files: map[string]string{"a/ReviewsTrain.csv": twoClasses, "a/ReviewsTest.csv": twoClasses}},
	"zip: a text beside a half":     {zip: true, files: map[string]string{"train/pos/1.txt": "a", "train/neg/1.txt": "b", "test/1.txt": "c"}},
	"zip: tags":                     {zip: true, opener: Opener{Task: TokenClassification}, files: map[string]string{"set/1.txt": "Ann B-PER\nran O\n"}},
}

const (
	twoClasses = "text,label\na b,x\nc d,y\n"
	aTagged    = `{"tokens":["Ann","ran"],"ner_tags":["B-PER","O"]}`
)

// TestEvaluationReadsAsTraining: an evaluation reads what a training reads in the same way, so that the
// examples of a run are known again.
func TestEvaluationReadsAsTraining(t *testing.T) {
	for name, c := range equalSources {
		var spec string
		if c.zip {
			var files [][2]string
			for file, content := range c.files {
				files = append(files, [2]string{file, content})
			}
			spec = writeZip(t, "own.zip", files...)
		} else {
			dir := t.TempDir()
			for file, content := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
			}
			spec = filepath.Join(dir, c.open)
		}
		t.Run(name, func(t *testing.T) { wantEqual(t, c.opener, spec) })
	}
	for _, spec := range []string{"from_saved", "from_saved/train.parquet", "hub", "hub/data", "converted", "converted/default", "saved", "saved/train"} {
		t.Run(spec, func(t *testing.T) {
			wantEqual(t, Opener{}, filepath.Join("testdata", "folders", filepath.FromSlash(spec)))
		})
	}
	t.Run("IMDB's archive", func(t *testing.T) { wantEqual(t, Opener{}, writeArchive(t, small...)) })
	dir := filepath.Join(t.TempDir(), "a")
	if err := os.CopyFS(filepath.Join(dir, "eval"), os.DirFS(filepath.Join("testdata", "folders", "saved"))); err != nil {
		t.Fatal(err)
	}
	t.Run("a saved data set in a folder", func(t *testing.T) {
		if d := wantEqual(t, Opener{}, dir); strings.Contains(strings.Join(d.Warnings, ""), "not read") {
			t.Errorf("the warnings are %q", d.Warnings)
		}
	})
}

// TestRandomLayouts: the same of files with random names in folders with random names, and in archives of them.
func TestRandomLayouts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	folders := []string{"train", "test", "dev", "eval", "Test", "pos", "neg", "data", "1", "2"}
	files := []string{"train.csv", "test.csv", "dev.csv", "own.csv", "a-train.csv", "a-test.csv", "pos.txt", "neg.txt", "1.txt", "2.txt", "3_1.txt", "README.txt", "notes.md", "train-00000-of-00001.csv",
		"test-drive.csv", "18-24.txt", "25-34.txt", "cv000_29590.txt"}
	read := 0
	for range 300 {
		dir := t.TempDir()
		var entries [][2]string
		prefix := ""
		for random.IntN(2) == 0 {
			prefix += folders[random.IntN(len(folders))] + "/"
		}
		for range 1 + random.IntN(4) {
			name := prefix
			for random.IntN(5) > 1 && strings.Count(name, "/") < 4 {
				name += folders[random.IntN(len(folders))] + "/"
			}
			name += files[random.IntN(len(files))]
			if slices.ContainsFunc(entries, func(e [2]string) bool { return e[0] == name }) {
				continue
			}
			content := twoClasses
			if strings.HasSuffix(name, ".txt") {
				content = strings.Repeat("some words\n", 1+random.IntN(2))
			}
			writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), content)
			entries = append(entries, [2]string{name, content})
		}
		for _, spec := range []string{dir, writeZip(t, "own.zip", entries...)} {
			if _, err := Open(t.Context(), spec); err != nil {
				continue
			}
			read++
			if wantEqual(t, Opener{}, spec); t.Failed() {
				t.Fatalf("the files are %q", entries)
			}
		}
	}
	if read < 50 {
		t.Errorf("a training reads %d of the data sets: expected many", read)
	}
	t.Logf("%d data sets were read", read)
}

func wantEqual(t *testing.T, o Opener, spec string) *Dataset {
	t.Helper()
	training, err := o.Open(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	o.Evaluation = true
	evaluation, err := o.Open(t.Context(), spec)
	if err != nil {
		t.Fatalf("for an evaluation: %v", err)
	}
	type read struct {
		Name                    string
		Labels                  []string
		Train, Validation, Test []Example
	}
	of := func(d *Dataset) read { return read{d.Name, d.Labels, d.Train, d.Validation, d.Test} }
	if diff := cmp.Diff(of(training), of(evaluation)); diff != "" {
		t.Errorf("a training reads other data than an evaluation: %s", diff)
	}
	return evaluation
}
