package data

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Files, folders, shards and splits with a usual name of the validation half are that half, in
// any case.
func TestValidationHalf(t *testing.T) {
	const rows = "text,label\na,0\nb,1\n"
	for _, name := range []string{
		"validation.csv", "val.csv", "valid.csv", "dev.csv", "eval.csv", "devel.csv", "development.csv", "Validation.csv", "DEV.csv",
		"validation/part.csv", "Val/part.csv", "validation-00000-of-00001.csv", "dev.jsonl",
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "train.csv"), rows)
		content := "text,label\nc,1\n"
		if strings.HasSuffix(name, ".jsonl") {
			content = `{"text":"c","label":1}`
		}
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), content)
		d, err := Open(context.Background(), dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(Texts(d.Train), []string{"a", "b"}) || !slices.Equal(Texts(d.Validation), []string{"c"}) || len(d.Test) > 0 || d.Warnings != nil {
			t.Errorf("%s: %v, warnings %q", name, d, d.Warnings)
		}
		if d.Validation[0].Label != 1 || !strings.HasPrefix(d.Validation[0].ID, "validation/") {
			t.Errorf("%s: %+v", name, d.Validation[0])
		}
	}
	d, err := openFile(t, "own.csv", "text,label,split\na,0,Train\nb,1,TRAIN\nc,1,Test\n")
	if err != nil || len(d.Train) != 2 || len(d.Test) != 1 {
		t.Errorf("splits in capitals: %v, %v", d, err)
	}
	for _, split := range []string{"validation", "valid", "val", "dev", "DEV", "Eval", "devel"} {
		d, err := openFile(t, "own.csv", "text,label,split\na,0,train\nb,1,train\nc,1,"+split+"\nd,0,test\n")
		if err != nil {
			t.Errorf("%s: %v", split, err)
			continue
		}
		if got := d.String(); got != "own, train 2 (0 1, 1 1), validation 1 (0 0, 1 1), test 1 (0 1, 1 0)" {
			t.Errorf("%s: %s", split, got)
		}
	}
}

// A label that only the validation half has is an error, as in the test half.
func TestValidationLabels(t *testing.T) {
	_, err := openFile(t, "own.csv", "text,label,split\na,ham,train\nb,spam,train\nc,eggs,dev\n")
	wantError(t, err, "own.csv:4", `"eggs"`, `["ham" "spam"]`)
	d := &Dataset{Name: "own", Labels: []string{"a", "b"}, Train: reviewsOf(2, 2), Validation: []Example{{ID: "x", Label: 2}}}
	wantError(t, d.Validate(), "validation half", `"x"`)
}

// Texts for pre-training leave the validation half out.
func TestTextsWithoutValidation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.csv")
	writeFile(t, path, "text,label,split\na,0,train\nb,1,dev\nc,1,test\n")
	texts, _, err := OpenTexts(context.Background(), path)
	if err != nil || !slices.Equal(texts, []string{"a"}) {
		t.Errorf("%q, %v", texts, err)
	}
}
