package data

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOpenTexts: all that is not of the test half, labelled first, in the source's
// order; a table needs no label for it.
func TestOpenTexts(t *testing.T) {
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "train.csv"), "text,label\nWeak.,neg\nGreat.,pos\n")
	writeFile(t, filepath.Join(folder, "test.csv"), "text,label\nThe test.,neg\nhalf is not even,checked,for faults\n")
	writeFile(t, filepath.Join(folder, "unsupervised.jsonl"), `{"text":"Who knows."}`+"\n")
	bare := t.TempDir()
	writeFile(t, filepath.Join(bare, "train.csv"), "text\nOne.\nTwo.\n")
	writeFile(t, filepath.Join(bare, "test.csv"), "text,label\nBad.,neg\nGood.,pos\n")
	labelled := slices.DeleteFunc(slices.Clone(small), func(e entry) bool { return strings.Contains(e.name, imdbUnlabelled) })
	table := func(name, content string) string { return writeFile(t, filepath.Join(t.TempDir(), name), content) }
	for name, c := range map[string]struct {
		spec string
		want []string
	}{
		"archive":                  {writeArchive(t, small...), []string{"Awful.", "Weak.\nVery weak.", "Great.", "Who knows."}},
		"archive without":          {writeArchive(t, labelled...), []string{"Awful.", "Weak.\nVery weak.", "Great."}},
		"archive of these alone":   {writeArchive(t, unlabelledOnly...), []string{"Nine.", "Ten."}},
		"folder":                   {folder, []string{"Weak.", "Great.", "Who knows."}},
		"folder without labels":    {bare, []string{"One.", "Two."}},
		"lines without labels":     {table("a.jsonl", `{"text":"One."}`+"\n"+`{"text":"Two.","id":"b"}`+"\n"), []string{"One.", "Two."}},
		"columns without labels":   {table("a.csv", "id,text\n1,One.\n2,Two.\n"), []string{"One.", "Two."}},
		"labels here and there":    {table("a.csv", "text,label\nOne.,\nTwo.,x\nThree.,y\n"), []string{"Two.", "Three.", "One."}},
		"splits":                   {table("a.csv", "text,label,split\nOne.,x,test\nTwo.,,unsupervised\nThree.,,train\n"), []string{"Two.", "Three."}},
		"labels of what is needed": {table("a.csv", "text,label\nOne.,x\nTwo.,y\n"), []string{"One.", "Two."}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := OpenTexts(context.Background(), c.spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if sample, _, err := OpenTexts(context.Background(), Sample); err != nil || len(sample) != 400 {
		t.Errorf("the sample has %d texts (%v), expected its training half", len(sample), err)
	}
	for name, c := range map[string]struct {
		spec string
		says []string
	}{
		"a test half alone": {table("a.csv", "text,split\nOne.,test\n"), []string{"no training review"}},
		"nothing":           {table("a.csv", "text\n"), []string{"a.csv", "no review"}},
		"no text":           {table("a.csv", "words\nOne.\n"), []string{"a.csv:1", `"text"`}},
		"a blank text":      {table("a.csv", "text\n\" \"\n"), []string{"a.csv:2"}},
		"nowhere":           {filepath.Join(t.TempDir(), "a.csv"), []string{"a.csv", "no such file"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := OpenTexts(context.Background(), c.spec)
			wantError(t, err, c.says...)
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := OpenTexts(ctx, writeArchive(t, small...)); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of an ended context is %v", err)
	}
}
