package data

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files whose names have their halves as words are halves, also in a folder; other text files beside them are no
// classes.
func TestFolderWithHalvesInNames(t *testing.T) {
	const train, test = "text\tlabel\nWarm soup\tgood\nCold soup\tbad\n", "text\tlabel\nOld bread\tbad\n"
	const both = "named, train 2 (bad 1, good 1), test 1 (bad 1, good 0)"
	for name, c := range map[string]struct {
		files   map[string]string
		want    string
		warning string
	}{
		"tables":        {map[string]string{"meals-train.tsv": train, "meals-test.tsv": test}, both, ""},
		"text files":    {map[string]string{"meals.training.txt": train, "meals.test.txt": test}, both, ""},
		"a word within": {map[string]string{"en_train_v2.tsv": train, "en_test_v2.tsv": test}, both, ""},
		"train.txt":     {map[string]string{"train.txt": train, "test.txt": test}, both, ""},
		"a vocabulary":  {map[string]string{"train_clean.tsv": train, "test_clean.tsv": test, "vocab.txt": "soup\n", "vocab_lower.txt": "soup\n"}, both, ""},
		"all":           {map[string]string{"meals-train.tsv": train, "meals-test.tsv": test, "meals-all.tsv": train}, both, "meals-all.tsv: not read"},
		"a trial":       {map[string]string{"meals_train.txt": train, "meals_test.txt": test, "meals_trial.txt": train}, both, "meals_trial.txt: not read"},
		"json": {map[string]string{"train-v1.json": `[{"text":"Warm soup","label":"good"},{"text":"Cold soup","label":"bad"}]`,
			"test-v1.json": `[{"text":"Old bread","label":"bad"}]`}, both, ""},
		"shards": {map[string]string{"meals-train-00000-of-00002.tsv": train, "meals-train-00001-of-00002.tsv": strings.ReplaceAll(train, "soup", "tea"), "meals-test-00000-of-00001.tsv": test},
			"named, train 4 (bad 2, good 2), test 1 (bad 1, good 0)", ""},
		"capitals":          {map[string]string{"Train.csv": strings.ReplaceAll(train, "\t", ","), "Test.csv": strings.ReplaceAll(test, "\t", ",")}, both, ""},
		"extensions":        {map[string]string{"meals.train": "__label__good Warm soup\n__label__bad Cold soup\n", "meals.test": "__label__bad Old bread\n"}, both, ""},
		"compressed":        {map[string]string{"train.ft.txt": "__label__good Warm soup\n__label__bad Cold soup\n", "test.ft.txt": "__label__bad Old bread\n"}, both, ""},
		"years":             {map[string]string{"meals-2016train-A.tsv": train, "meals-2016test-A.tsv": test}, both, ""},
		"no extensions":     {map[string]string{"train": "__label__good Warm soup\n__label__bad Cold soup\n", "test": "__label__bad Old bread\n"}, both, ""},
		"exact names first": {map[string]string{"train.tsv": train, "test.tsv": test, "meals-train.tsv": "text\tlabel\nx\ty\n", "meals-test.tsv": "text\tlabel\nx\ty\n"}, both, "meals-train.tsv: not read"},
		"texts of classes": {map[string]string{"travel/the-train.txt": "A fast train", "travel/a-test-of-courage.txt": "A high hill", "travel/a-sea.txt": "A deep sea", "travel/a-hill.txt": "A hill", "food/soup.txt": "A soup"},
			"named, train 5 (food 1, travel 4), test 0", ""},
		"numbered texts of classes": {map[string]string{"travel/train_1.txt": "A sea", "travel/train_2.txt": "A hill", "travel/test_1.txt": "A road", "food/train_1.txt": "A soup", "food/test_1.txt": "A tea"},
			"named, train 5 (food 2, travel 3), test 0", "the names of the texts in "},
		"a class in capitals": {map[string]string{"Train/1.txt": "A fast train", "Train/2.txt": "A slow train", "Bus/1.txt": "A bus", "Car/1.txt": "A car"},
			"named, train 4 (Bus 1, Car 1, Train 2), test 0", ""},
		"a half in capitals": {map[string]string{"Train/good.txt": "Warm soup\n", "Train/bad.txt": "Cold soup\n", "Test/good.txt": "x\n", "Test/bad.txt": "Old bread\n", "more/x.txt": "x\n"},
			"named, train 2 (bad 1, good 1), test 2 (bad 1, good 1)", "more: not read"},
		"classes": {map[string]string{"test_cricket.txt": "A long match\n", "railway.txt": "A fast train\n"}, "named, train 2 (railway 1, test_cricket 1), test 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "named")
			for file, content := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
			}
			d, err := Open(context.Background(), dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.String(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			warnings := strings.Join(d.Warnings, "\n")
			if !strings.Contains(warnings, c.warning) || c.warning == "" && strings.Contains(warnings, "not read") {
				t.Errorf("warnings %q, want %q", warnings, c.warning)
			}
		})
	}
}

// The same names in a pattern: no file of the test half is read for the training.
func TestPatternWithHalvesInCapitals(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Train.csv", "TEST.csv", "Valid.csv"} {
		writeFile(t, filepath.Join(dir, name), "text,label\n"+name+" a,0\n"+name+" b,1\n")
	}
	for _, spec := range []string{dir, filepath.Join(dir, "*.csv")} {
		d, err := Open(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Train) != 2 || d.Train[0].Text != "Train.csv a" || len(d.Test) != 2 || len(d.Validation) != 2 {
			t.Errorf("%s: %v", spec, d)
		}
	}
	writeFile(t, filepath.Join(dir, "train.csv"), "text,label\na,0\nb,1\n")
	if files, _ := os.ReadDir(dir); len(files) == 4 { // not on a file system without small letters
		_, err := Open(context.Background(), dir)
		wantError(t, err, "Train.csv", "train.csv", "one file for each half")
	}
}

// A word within a name is a half only in a pattern with several halves.
func TestPatternWithWordsWithinNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"product_dev_reviews", "shop_reviews", "a-test-1", "b-test-2", "pt_train_v2", "pt_test_v2"} {
		writeFile(t, filepath.Join(dir, name+".csv"), "text,label\n"+name+" a,0\n"+name+" b,1\n")
	}
	for pattern, want := range map[string]string{
		"*_reviews.csv": "train 4 (0 2, 1 2), test 0",
		"?-test-?.csv":  "train 4 (0 2, 1 2), test 0",
		"pt_*.csv":      "train 2 (0 1, 1 1), test 2 (0 1, 1 1)",
	} {
		d, err := Open(context.Background(), filepath.Join(dir, pattern))
		if err != nil {
			t.Error(err)
		} else if got := d.String(); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
	_, err := Open(context.Background(), filepath.Join(dir, "*_[rv]*.csv"))
	wantError(t, err, "pt_test_v2.csv", "shop_reviews.csv none")
}

func TestFolderWithHalvesInNamesFaults(t *testing.T) {
	const rows = "text\tlabel\nWarm soup\tgood\nCold soup\tbad\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"two files of a half": {map[string]string{"train_a.tsv": rows, "test_a.tsv": rows, "test_a_masked.tsv": rows}, []string{"several files of the test half", "test_a.tsv, test_a_masked.tsv", "train_a.tsv,"}},
		"texts and labels":    {map[string]string{"train_text.txt": "a\n", "train_labels.txt": "0\n", "test_text.txt": "b\n", "test_labels.txt": "1\n"}, []string{"labels of the train half in files of their own", `paste -d '\t' train_labels.txt train_text.txt > train.tsv`}},
		"no training half":    {map[string]string{"test_iob.txt": "word\ttag\na\tO\n", "valid_iob.txt": "word\ttag\nb\tO\n"}, []string{"test_iob.txt", "holds neither train"}},
		"no train.txt":        {map[string]string{"test.txt": "Ada B-PER\n", "dev.txt": "Ada B-PER\n"}, []string{"no file of the training half", "dev.txt"}},
		"folders of data sets": {map[string]string{"de/train.txt": "Ada B-PER\n", "de/test.txt": "Ada B-PER\n", "tr/train.txt": "Ada B-PER\n", "tr/test.txt": "Ada B-PER\n"},
			[]string{"several data sets", "/de", "/tr"}},
		"folders of data sets and other files": {map[string]string{"de/train.txt": "Ada B-PER\n", "de/dev.txt": "Ada B-PER\n", "de/test.txt": "Ada B-PER\n", "de/notes1.txt": "a\n", "de/notes2.txt": "b\n", "tr/train.txt": "Ada B-PER\n", "tr/test.txt": "Ada B-PER\n"},
			[]string{"several data sets", "/de", "/tr"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
			}
			_, err := Open(context.Background(), dir)
			wantError(t, err, c.want...)
		})
	}
}
