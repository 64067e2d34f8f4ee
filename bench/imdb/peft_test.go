package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/evaluation"
)

// Files of peft_predictions.py and of lorabook's own float32 beside the predictions of an evaluation.
const (
	peftFile    = "peft.csv"
	float32File = "float32_predictions.jsonl"
)

const (
	allowed    = 5    // reviews for which PEFT may have another answer
	nearMargin = 1    // margin below which a review is computed in float32, as in peft_predictions.py
	rounding32 = 1e-3 // largest difference of margins in float32
)

// margins returns the logit of "pos" minus that of "neg" of each review, by id.
func margins(t *testing.T, p *classify.TaskPredictions) map[string]float64 {
	t.Helper()
	s := p.SingleLabel
	if s == nil || len(s.Classes) != 2 || s.Classes[0] != "neg" || s.Classes[1] != "pos" {
		t.Fatal("expected the classes neg and pos")
	}
	m := map[string]float64{}
	for i, id := range s.IDs {
		m[id] = float64(s.Logits[2*i+1]) - float64(s.Logits[2*i])
	}
	return m
}

// agreement compares two sides' margins of the same reviews.
type agreement struct {
	float32                        bool    // PEFT computed all reviews in float32, and none in bfloat16
	reviews, near, others, flipped int     // flipped: reviews with another answer if lorabook computes in bfloat16 alone
	right, ours                    int     // right answers of PEFT and of lorabook
	most, most32                   float64 // largest differences from lorabook's bfloat16, and in float32
}

// statements returns what the page says of an agreement.
func (a agreement) statements() []string {
	percent := func(n int) float64 { return 100 * float64(n) / float64(a.reviews) }
	s := []string{
		fmt.Sprintf("%d with another answer", a.others),
		fmt.Sprintf("%.2f %% by PEFT, %.2f %% by lorabook", percent(a.right), percent(a.ours)),
		fmt.Sprintf("in float32 differ by at most %.1g", a.most32),
	}
	if a.float32 {
		return append(s, fmt.Sprintf("%d of them in float32 by lorabook", a.near),
			fmt.Sprintf("from lorabook's in bfloat16 by up to %.2f, and %d reviews have another answer there", a.most, a.flipped))
	}
	return append(s, fmt.Sprintf("%d of them in float32", a.near),
		fmt.Sprintf("margins differ by up to %.2f, and %d reviews have another answer", a.most, a.flipped))
}

// TestPEFT: PEFT has the answers of the published evaluation, in float32 where the margin in bfloat16 is
// small on either side, and its margins in float32 are lorabook's. The page states the numbers.
func TestPEFT(t *testing.T) {
	files, err := filepath.Glob("results/*/" + peftFile)
	if err != nil || len(files) == 0 {
		t.Fatalf("no predictions of PEFT: %v", err)
	}
	_, page := published(t)
	for _, file := range files {
		a := compareWithPEFT(t, file)
		if a.others > allowed || a.most32 > rounding32 {
			t.Errorf("%s: %d reviews have another answer, and margins in float32 differ by up to %v", file, a.others, a.most32)
		}
		for _, stated := range a.statements() {
			if !strings.Contains(page, stated) {
				t.Errorf("../IMDB.md does not say %q", stated)
			}
		}
	}
}

func compareWithPEFT(t *testing.T, file string) (a agreement) {
	t.Helper()
	folder, report, p := readEvaluation(t, filepath.Dir(file))
	ours := margins(t, p)
	again, err := evaluation.ReadPredictions(folder, float32File, report.Task)
	if err != nil {
		t.Fatal(err)
	}
	exact := margins(t, again)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) != len(ours)+1 || strings.Join(rows[0], ",") != "id,bfloat16,float32" {
		t.Fatalf("%s: %d rows, %v: expected a header and %d reviews", file, len(rows), err, len(ours))
	}
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return v
	}
	a.float32 = rows[1][1] == ""
	for _, row := range rows[1:] {
		id, first, second := row[0], row[1], row[2]
		if (first == "") != a.float32 {
			t.Fatalf("%s: some reviews have a margin in bfloat16 and others none", file)
		}
		if a.float32 {
			first = second
		}
		theirs := number(first)
		mine, ok := ours[id]
		if !ok {
			t.Fatalf("%s: the evaluation has no review %s, or it occurs twice", file, id)
		}
		delete(ours, id)
		a.reviews++
		a.most = max(a.most, math.Abs(theirs-mine))
		if (theirs > 0) != (mine > 0) {
			a.flipped++
		}
		near := min(math.Abs(theirs), math.Abs(mine)) < nearMargin
		if _, computed := exact[id]; computed != near || (second != "") != (near || a.float32) {
			t.Errorf("%s: %s has the margins %v of PEFT and %v of lorabook; in float32 %q of PEFT, and of lorabook: %v", file, id, theirs, mine, second, computed)
			continue
		}
		if near {
			a.near++
			theirs, mine = number(second), exact[id]
			a.most32 = max(a.most32, math.Abs(theirs-mine))
		}
		positive := strings.Contains(id, "/pos/")
		if (theirs > 0) != (mine > 0) {
			a.others++
		}
		if (theirs > 0) == positive {
			a.right++
		}
		if (mine > 0) == positive {
			a.ours++
		}
	}
	return a
}
