package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/bench/internal/archives"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

const toyTable = "text,label\na fine day,1\na poor day,0\nsunny,1\nrainy,0\n"

func zipped(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	w := tar.NewWriter(packed)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cached writes an archive into the cache, so that nothing is downloaded.
func cached(t *testing.T, cache, file string, content []byte) archives.Archive {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(cache, "packages"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache, "packages", file), content, 0o644); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(content)
	return archives.Archive{Registry: archives.NPM, Name: "@scope/toy", Version: "1.0.0", File: file, SHA256: hex.EncodeToString(digest[:])}
}

// TestReadFromArchives: a table is read from a zip file, from a tar file, and from a zip file in a
// tar file; a second call uses the unpacked folder.
func TestReadFromArchives(t *testing.T) {
	table := zipped(t, "in/toy.csv", toyTable)
	for _, c := range []struct {
		file, inner, source string
		content             []byte
	}{
		{"toy-1.0.0-py3-none-any.whl", "", "in/toy.csv", table},
		{"toy-1.0.0.tgz", "", "in/toy.csv", tarred(t, "in/toy.csv", []byte(toyTable))},
		{"toy-1.0.0.tar.gz", "assets/toy.zip", "in/toy.csv", tarred(t, "assets/toy.zip", table)},
	} {
		cache := t.TempDir()
		s := set{Name: "toy", Archive: cached(t, cache, c.file, c.content), Inner: c.inner, Source: c.source, Want: counts{Train: 4, Classes: 2}}
		for range 2 {
			source, err := s.source(t.Context(), cache)
			if err != nil {
				t.Fatalf("%s: %v", c.file, err)
			}
			if _, err := s.read(t.Context(), source); err != nil {
				t.Errorf("%s: %v", c.file, err)
			}
		}
		s.Want.Test = 1
		source, err := s.source(t.Context(), cache)
		if err != nil {
			t.Fatal(err)
		}
		var counts *countError
		if _, err := s.read(t.Context(), source); !errors.As(err, &counts) || !strings.Contains(err.Error(), "4 training, 0 validation and 1 test") {
			t.Errorf("%s: %v, expected a countError", c.file, err)
		}
	}
}

// TestArchivesAreChecked: a file with another digest, and a name that leads out of the archive,
// are errors, and nothing is unpacked.
func TestArchivesAreChecked(t *testing.T) {
	cache := t.TempDir()
	a := cached(t, cache, "toy-1.0.0.tgz", tarred(t, "../toy.csv", []byte(toyTable)))
	s := set{Name: "toy", Archive: a, Source: "toy.csv"}
	if _, err := s.source(t.Context(), cache); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Errorf("%v, expected an error of the name", err)
	}
	s.Archive.SHA256 = strings.Repeat("0", 64)
	var digest *archives.DigestError
	if _, err := s.source(t.Context(), cache); !errors.As(err, &digest) {
		t.Errorf("%v, expected a DigestError", err)
	}
	entries, err := os.ReadDir(filepath.Join(cache, "unpacked"))
	if err == nil && len(entries) > 0 {
		t.Errorf("left in the cache: %v", entries)
	}
}

// TestSets: names are unique, versions are pinned, and sets of one package agree about it.
func TestSets(t *testing.T) {
	digest := regexp.MustCompile(`^[0-9a-f]{64}$`)
	names, files := map[string]bool{}, map[string]archives.Archive{}
	for _, s := range sets {
		if names[s.Name] {
			t.Errorf("two sets are called %s", s.Name)
		}
		names[s.Name] = true
		if a, ok := files[s.Archive.File]; ok && a != s.Archive {
			t.Errorf("%s: two archives are called %s", s.Name, a.File)
		}
		files[s.Archive.File] = s.Archive
		if !digest.MatchString(s.Archive.SHA256) || s.Archive.Version == "" || s.Want.Train == 0 || s.Format == "" {
			t.Errorf("%s: incomplete: %+v", s.Name, s)
		}
		if args, err := s.Archive.Command("dir"); err != nil || !slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, s.Archive.Version) }) {
			t.Errorf("%s: the command %q names no version (%v)", s.Name, args, err)
		}
		if classes := s.Want.Classes; (classes < 2) != (s.Settings.Task == data.Regression) {
			t.Errorf("%s: %d classes", s.Name, classes)
		}
	}
	chosen, err := settings{only: []string{"bbc-news"}}.chosen()
	if err != nil || len(chosen) != 1 || chosen[0].Name != "bbc-news" {
		t.Errorf("%+v, %v", chosen, err)
	}
	if _, err := (settings{only: []string{"bbc"}}).chosen(); err == nil || !strings.Contains(err.Error(), "bbc-news") {
		t.Errorf("%v, expected the names", err)
	}
}

// TestScores: each task has its metric, and a set without a bag of words is an error.
func TestScores(t *testing.T) {
	value := 0.5
	correlated := &metrics.RegressionMetrics{Pearson: significance.Estimate{Value: &value, Interval: &significance.Interval{Low: 0.4, High: 0.6}}}
	single := &metrics.Metrics{Accuracy: 0.5}
	several := &metrics.MultiLabelMetrics{MicroF1: 0.5, MicroF1Interval: significance.Interval{Low: 0.4, High: 0.6}}
	for name, c := range map[string]struct {
		cheap    evaluation.CheapBaselines
		report   finetune.Report
		constant string
	}{
		"accuracy": {evaluation.CheapBaselines{SingleLabel: &evaluation.CheapPair[metrics.Metrics]{Constant: single, BagOfWords: single}}, finetune.Report{Before: single, After: single}, "50.0 (no interval)"},
		"micro F1": {evaluation.CheapBaselines{MultiLabel: &evaluation.CheapPair[metrics.MultiLabelMetrics]{Constant: several, BagOfWords: several}}, finetune.Report{MultiLabel: &evaluation.MultiLabelReport{Before: several, After: several}}, "50.0 (40.0 to 60.0)"},
		"Pearson":  {evaluation.CheapBaselines{Regression: &evaluation.CheapPair[metrics.RegressionMetrics]{Constant: &metrics.RegressionMetrics{}, BagOfWords: correlated}}, finetune.Report{Regression: &evaluation.RegressionReport{Before: correlated, After: correlated}}, "undefined"},
	} {
		m := &measured{}
		if err := m.add(&c.cheap, &c.report); err != nil || m.metric != name || m.constant.String() != c.constant || m.words.value != 0.5 || m.before.value != 0.5 || m.after.value != 0.5 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		if err := m.add(&evaluation.CheapBaselines{Reason: "no words"}, &c.report); err == nil || !strings.Contains(err.Error(), "no words") {
			t.Errorf("%s: %v, expected the reason", name, err)
		}
	}
}

// TestTables: a set that was measured, one that was only opened and one that was not.
func TestTables(t *testing.T) {
	opened := &data.Dataset{Labels: []string{"a", "b"}, Train: make([]data.Example, 5), Notes: []string{"opened."}}
	outcomes := []outcome{
		{set: sets[0], opened: opened, measured: &measured{train: 3, validation: 1, test: 1, metric: "accuracy", after: score{value: 0.5, defined: true}, seconds: 2, notes: []string{"divided"}}},
		{set: sets[1], opened: opened, err: &countError{set: "toy"}},
		{set: sets[2], err: errors.New(filepath.Join("cache", "unpacked", "toy.csv") + ": no header")},
	}
	first, err := setsTable(outcomes)
	if err != nil {
		t.Fatal(err)
	}
	second, err := resultsTable(outcomes)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		first:                    {"| 5 | 2 | yes |", "| 5 | 2 | no |", "|  |  | not opened |"},
		second:                   {"| 2 | 3, 1, 1 | accuracy | undefined |", "| 50.0 (no interval) | 2 |"},
		found(outcomes, "cache"): {"- " + sets[0].Name + ": divided.\n", " opened. Error: ", " Error: toy.csv: no header.\n"},
	} {
		for _, want := range want {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
	if strings.Contains(second, sets[1].Name) {
		t.Errorf("a set without results is in the table:\n%s", second)
	}
}
