package finetune

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/runfolder"
)

// wordsTable writes examples whose words decide the class, and returns their file.
func wordsTable(t *testing.T) string {
	t.Helper()
	var lines strings.Builder
	for i := range 216 {
		half, label := "train", i%2
		if i >= 136 {
			half = "test"
		}
		fmt.Fprintf(&lines, `{"id":"x%d","text":"word%d of n%d","label":%d,"split":%q}`+"\n", i, label, i, label, half)
	}
	path := filepath.Join(t.TempDir(), "words.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A report compares the bag of words with the trained model. A folder of an earlier version is
// read without it.
func TestReportWithCheapBaselines(t *testing.T) {
	e := toy(t)
	e.Data.Source, e.Training.Epochs = wordsTable(t), 1
	r := openToy(t, t.TempDir(), e, Options{})
	report, err := r.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Baseline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\nno BERT   majority class 50.0 %, bag of words 100.0 %") || !strings.Contains(report.String(), "\nno BERT    bag of words 100.0 %, BERT ") {
		t.Fatalf("%v\n%v", b, report)
	}
	s := report.BagOfWords.SingleLabel
	if s.AccuracyBefore != b.Cheap.SingleLabel.BagOfWords.Accuracy || s.AccuracyAfter != report.After.Accuracy {
		t.Errorf("%v of %v and %v", s, b.Cheap.SingleLabel.BagOfWords, report.After)
	}
	var old Baseline
	if err := r.Folder.Read(runfolder.BaselineFile, &old); err != nil || old.Cheap == nil {
		t.Fatalf("%+v, %v", old, err)
	}
	old.Cheap, report.BagOfWords = nil, nil
	if strings.Contains(old.String()+report.String(), "BERT") {
		t.Errorf("%v\n%v", &old, report)
	}
}

// The report compares the predictions that the baseline stored; a folder of an earlier version,
// without them, has the same comparison.
func TestReportReadsBagOfWords(t *testing.T) {
	e := toy(t)
	e.Data.Source, e.Training.Epochs = wordsTable(t), 1
	r := openToy(t, t.TempDir(), e, Options{})
	b, err := r.Baseline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fitted, err := r.bagOfWords(t.Context())
	if err != nil || fitted.SingleLabel == nil {
		t.Fatalf("%+v, %v", fitted, err)
	}
	if err := os.Remove(r.Folder.Path(runfolder.WordsPredictionsFile)); err != nil {
		t.Fatal(err)
	}
	again, err := r.bagOfWords(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fitted.SingleLabel, again.SingleLabel); diff != "" {
		t.Errorf("an earlier version's folder: %s", diff)
	}
	inverted := *fitted.SingleLabel
	inverted.Labels = slices.Clone(inverted.Labels)
	for i, v := range inverted.Logits {
		inverted.Logits[i] = -v
	}
	unlock, err := r.Folder.Lock(t.Context(), runfolder.BaselineFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Folder.WritePredictions(runfolder.WordsPredictionsFile, &inverted), unlock()); err != nil {
		t.Fatal(err)
	}
	report, err := r.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, fitted := report.BagOfWords.SingleLabel.AccuracyBefore, b.Cheap.SingleLabel.BagOfWords.Accuracy; got != 1-fitted {
		t.Errorf("the bag of words has the accuracy %v in the report, expected %v, that of the stored predictions", got, 1-fitted)
	}
}

// The toy's words are single letters, of which a bag of words has none: the report has no
// comparison, and the baseline the reason.
func TestReportWithoutBagOfWords(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 1
	r := openToy(t, t.TempDir(), e, Options{})
	report, err := r.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Baseline(t.Context())
	if err != nil || report.BagOfWords != nil || !strings.Contains(b.String(), "no word of at least two letters") {
		t.Errorf("%v, %v\n%v", b, err, report)
	}
}
