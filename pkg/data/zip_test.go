package data

import (
	"archive/zip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeZip writes an archive and returns its path. The content of a name with a slash at its end is
// a folder.
func writeZip(t testing.TB, name string, files ...[2]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for _, file := range files {
		f, err := w.Create(file[0])
		if err == nil {
			_, err = f.Write([]byte(file[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestZip opens archives of one table, of tables named after halves, and of folders.
func TestZip(t *testing.T) {
	const table, other = "text,label\na fine day,1\na poor day,0\n", "text,label\na fine night,1\n"
	for name, c := range map[string]struct {
		files       [][2]string
		train, test int
		labels      []string
	}{
		"one table":        {[][2]string{{"words.csv", table}, {"README.txt", "about"}, {"__MACOSX/._words.csv", "x"}, {".DS_Store", "x"}}, 2, 0, []string{"0", "1"}},
		"JSON":             {[][2]string{{"words.json", `[{"text":"a","label":"x"},{"text":"b","label":"y"}]`}}, 2, 0, []string{"x", "y"}},
		"halves in names":  {[][2]string{{"drugsComTrain.tsv", strings.ReplaceAll(table, ",", "\t")}, {"drugsComTest.tsv", strings.ReplaceAll(other, ",", "\t")}}, 2, 1, []string{"0", "1"}},
		"a folder":         {[][2]string{{"set/", ""}, {"set/train.csv", table}, {"set/test.csv", other}}, 2, 1, []string{"0", "1"}},
		"hub":              {[][2]string{{"set/README.md", "about"}, {"set/data/train.csv", table}, {"set/data/test.csv", other}}, 2, 1, []string{"0", "1"}},
		"folders, classes": {[][2]string{{"bbc/data/sport/1.txt", "a match"}, {"bbc/data/politics/1.txt", "a vote"}, {"bbc/README.txt", "about"}}, 2, 0, []string{"politics", "sport"}},
		"files, classes":   {[][2]string{{"pos.txt", "good\nfine\n"}, {"neg.txt", "bad\n"}}, 3, 0, []string{"neg", "pos"}},
	} {
		d, err := Open(t.Context(), writeZip(t, "own.zip", c.files...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Name != "own" || len(d.Train) != c.train || len(d.Test) != c.test || !slices.Equal(d.Labels, c.labels) {
			t.Errorf("%s: %v", name, d)
		}
		for _, text := range slices.Concat(d.Warnings, d.Notes) {
			if strings.Contains(text, "lorabook-") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}

// TestZipFaults: a fault has a path in the archive, and no temporary folder is left.
func TestZipFaults(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	killed := filepath.Join(os.TempDir(), "lorabook-zip-1.locked", "own") // of a process that was killed while it read
	if err := os.MkdirAll(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	const table = "text,label\na,1\n"
	for name, c := range map[string]struct {
		files [][2]string
		words []string
	}{
		"a line":         {[][2]string{{"set/train.csv", "text,label\na,1\n ,0\nb,0\n"}}, []string{"own.zip/set/train.csv:3: text is empty", "1 of 3 rows"}},
		"a split":        {[][2]string{{"words.csv", "text,label,split\na,1,train\nb,0,holdout\n"}}, []string{"own.zip/words.csv:3: split"}},
		"several tables": {[][2]string{{"a.csv", table}, {"b.csv", table}}, []string{"own.zip holds 2 tables", `["a.csv" "b.csv"]`, "unpack it"}},
		"no table":       {[][2]string{{"a.png", "x"}}, []string{"own.zip holds neither", `"a.png"`}},
		"outside":        {[][2]string{{"../a.csv", table}}, []string{`own.zip: entry "../a.csv": path leads out`}},
		"absolute":       {[][2]string{{"/a.csv", table}}, []string{`own.zip: entry "/a.csv": path leads out`}},
		"twice":          {[][2]string{{"a.csv", table}, {"./a.csv", table}}, []string{`entry "./a.csv": occurs twice`}},
	} {
		_, err := Open(t.Context(), writeZip(t, "own.zip", c.files...))
		wantError(t, err, c.words...)
		if err != nil && strings.Contains(err.Error(), "lorabook-") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Open(t.Context(), writeZip(t, "own.zip", [2]string{"../a.csv", table}))
	if entry := (*EntryError)(nil); !errors.Is(err, ErrUnsafePath) || !errors.As(err, &entry) || entry.Entry != "../a.csv" {
		t.Errorf("%#v", err)
	}
	_, err = Open(t.Context(), writeZip(t, "own.zip", [2]string{"words.csv", "text,label,split\na,1,holdout\n"}))
	if line := (*LineError)(nil); !errors.As(err, &line) || !strings.HasSuffix(line.Path, filepath.Join("own.zip", "words.csv")) {
		t.Errorf("%#v", line)
	}
	_, err = Open(t.Context(), writeFile(t, filepath.Join(t.TempDir(), "own.zip"), "PK\x03\x04 and no more"))
	wantError(t, err, "own.zip is not a zip archive, or is damaged")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, writeZip(t, "own.zip", [2]string{"a.csv", table})); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "lorabook-") }) {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestZipAmongFiles: a zip archive in a list, a pattern, or a folder where its name is that of a half
// is refused by its name; another one in a folder or an archive is named in a warning.
func TestZipAmongFiles(t *testing.T) {
	const table = "text,label\na fine day,1\na poor day,0\n"
	dir := filepath.Dir(writeZip(t, "part-2.zip", [2]string{"part-2.csv", table}))
	writeFile(t, filepath.Join(dir, "part-1.csv"), table)
	for _, spec := range []string{filepath.Join(dir, "part-*"), filepath.Join(dir, "*.zip"), filepath.Join(dir, "part-1.csv") + "," + filepath.Join(dir, "part-2.zip")} {
		_, err := Open(t.Context(), spec)
		wantError(t, err, filepath.Join(dir, "part-2.zip")+" is a zip archive", "by its name alone", "unpack it")
	}
	for _, name := range []string{"test.zip", "test.csv.zip", "Dev.ZIP", "test-00000-of-00001.zip"} {
		dir := filepath.Dir(writeZip(t, name, [2]string{"test.csv", table}))
		writeFile(t, filepath.Join(dir, "train.csv"), table)
		_, err := Open(t.Context(), dir)
		wantError(t, err, filepath.Join(dir, name)+" is a zip archive")
	}
	dir = filepath.Dir(writeZip(t, "more.zip", [2]string{"more.csv", table}))
	writeFile(t, filepath.Join(dir, "train.csv"), table)
	for _, spec := range []string{dir, writeZip(t, "own.zip", [2]string{"words.csv", table}, [2]string{"more.zip", "PK"})} {
		d, err := Open(t.Context(), spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if warnings := strings.Join(d.Warnings, "\n"); !strings.Contains(warnings, "more.zip: not read") {
			t.Errorf("%s: warnings %q", spec, warnings)
		}
	}
}
