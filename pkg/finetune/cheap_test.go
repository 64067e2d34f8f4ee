package finetune

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A report compares the bag of words with the trained model. A folder of an earlier version is
// read without it.
func TestReportWithCheapBaselines(t *testing.T) {
	var lines strings.Builder
	for i := range 216 {
		half, label := "train", i%2
		if i >= 136 {
			half = "test"
		}
		fmt.Fprintf(&lines, `{"id":"x%d","text":"word%d of n%d","label":%d,"split":%q}`+"\n", i, label, i, label, half)
	}
	e := toy(t)
	e.Data.Source, e.Training.Epochs = filepath.Join(t.TempDir(), "words.jsonl"), 1
	if err := os.WriteFile(e.Data.Source, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
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
