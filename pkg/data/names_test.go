package data

import (
	"path/filepath"
	"testing"
)

// TestHalvesInNames: the files of a pattern are halves by the words of their names, and test
// examples never become training examples.
func TestHalvesInNames(t *testing.T) {
	const table = "text,label\na fine day,1\na poor day,0\n"
	for _, c := range []struct {
		files       []string
		train, test int
		validation  int
		words       []string // of the error
	}{
		{files: []string{"r8-train.csv", "r8-test.csv"}, train: 2, test: 2},
		{files: []string{"ReviewsTrain.csv", "ReviewsTest.csv"}, train: 2, test: 2},
		{files: []string{"training_set.csv", "testing_set.csv", "dev_set.csv"}, train: 2, test: 2, validation: 2},
		{files: []string{"a.csv", "b.csv"}, train: 4},
		{files: []string{"train-a.csv", "train-b.csv"}, train: 4},
		{files: []string{"latest.csv", "contest.csv"}, train: 4},
		{files: []string{"r8-train.csv", "r8-test.csv", "r8-notes.csv"}, words: []string{"r8-test.csv", "r8-notes.csv", "every file"}},
		{files: []string{"r8-validation.csv", "r8-test.csv"}, words: []string{"r8-test.csv", "training half"}},
	} {
		dir := t.TempDir()
		for _, file := range c.files {
			writeFile(t, filepath.Join(dir, file), table)
		}
		d, err := Open(t.Context(), filepath.Join(dir, "*.csv"))
		if len(c.words) > 0 {
			wantError(t, err, c.words...)
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.files, err)
			continue
		}
		if len(d.Train) != c.train || len(d.Test) != c.test || len(d.Validation) != c.validation {
			t.Errorf("%q: %d, %d, %d, expected %d, %d, %d", c.files, len(d.Train), len(d.Test), len(d.Validation), c.train, c.test, c.validation)
		}
	}
}
