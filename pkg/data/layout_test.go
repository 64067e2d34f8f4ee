package data

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// partOf is what testdata/folders/make_folders.py puts into a split.
func partOf(half string, n int) []Example {
	var reviews []Example
	for i := range n {
		reviews = append(reviews, Example{ID: fmt.Sprintf("%s/%d", half, i+1), Text: fmt.Sprintf("%s text %d", half, i), Label: i % 2})
	}
	return reviews
}

// TestFoldersOfDatasets opens the folders that datasets 5.2.0 and the hub lay out.
func TestFoldersOfDatasets(t *testing.T) {
	for spec, names := range map[string][]string{
		"from_saved":               {halves.Train, halves.Test},
		"from_saved/train.parquet": {halves.Train},
		"hub":                      {halves.Train, halves.Test},
		"hub/data":                 {halves.Train, halves.Test},
		"converted":                {halves.Train, halves.Test},
		"converted/default":        {halves.Train, halves.Test},
	} {
		t.Run(spec, func(t *testing.T) {
			d, err := Open(context.Background(), filepath.Join("testdata", "folders", filepath.FromSlash(spec)))
			if err != nil {
				t.Errorf("%s: %v", spec, err)
				return
			}
			want := &Dataset{Name: strings.TrimSuffix(filepath.Base(spec), ".parquet"), Labels: []string{"poor", "fine"}, Train: partOf(halves.Train, 5)}
			if len(names) == 2 {
				want.Test = partOf(halves.Test, 3)
			}
			if spec == "from_saved" {
				want.Validation = partOf(halves.Validation, 2)
			}
			if diff := cmp.Diff(want, d); diff != "" {
				t.Errorf("%s: %s", spec, diff)
			}
		})
	}
}

// TestSavedToDisk reads what save_to_disk of datasets 5.2.0 wrote: the same examples as in the
// Parquet files of it.
func TestSavedToDisk(t *testing.T) {
	dir := filepath.Join("testdata", "folders", "saved")
	d, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &Dataset{Name: "saved", Labels: []string{"poor", "fine"}, Train: partOf(halves.Train, 5), Validation: partOf(halves.Validation, 2), Test: partOf(halves.Test, 3)}
	want.Notes = d.Notes
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	d, err = Open(context.Background(), filepath.Join(dir, "train"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(partOf(halves.Train, 5), d.Train); diff != "" || !slices.Equal(d.Labels, []string{"poor", "fine"}) {
		t.Error(diff, d.Labels)
	}
}

func TestSavedToDiskFaults(t *testing.T) {
	source := filepath.Join("testdata", "folders", "saved")
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		want   []string
	}{
		"a shard is missing": {func(t *testing.T, dir string) { remove(t, dir, "train/data-00000-of-00001.arrow") }, []string{"state.json", "missing", "data-00000"}},
		"a split is missing": {func(t *testing.T, dir string) { remove(t, dir, "test") }, []string{"dataset_dict.json", `"test"`}},
		"indices": {func(t *testing.T, dir string) {
			state(t, dir, `{"_data_files": [{"filename": "x.arrow"}], "_indices_data_files": [{"filename": "i"}]}`)
		}, []string{"state.json", "flatten_indices"}},
		"outside":          {func(t *testing.T, dir string) { state(t, dir, `{"_data_files": [{"filename": "../x.arrow"}]}`) }, []string{"state.json", "../x.arrow"}},
		"no files":         {func(t *testing.T, dir string) { state(t, dir, `{}`) }, []string{"state.json", "lists no"}},
		"not JSON":         {func(t *testing.T, dir string) { state(t, dir, `[`) }, []string{"state.json", "not the JSON"}},
		"a part of a file": {func(t *testing.T, dir string) { cut(t, filepath.Join(dir, "train", "data-00000-of-00001.arrow")) }, []string{"data-00000-of-00001.arrow", "Arrow"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "saved")
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			c.change(t, dir)
			_, err := Open(context.Background(), dir)
			wantError(t, err, c.want...)
		})
	}
}

func remove(t *testing.T, dir, path string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, dir, content string) {
	writeFile(t, filepath.Join(dir, "train", "state.json"), content)
}

func cut(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(content[:len(content)-200]))
}

// TestFolderLayoutFaults: what is no data set is named, with what to do.
func TestFolderLayoutFaults(t *testing.T) {
	const csv = "text,label\na,0\nb,1\n"
	for name, fault := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"folders of text files":    {map[string]string{"train/ham/1.txt": "a", "test/ham/1.txt": "a"}, []string{`classes ["ham"]`, "at least two"}},
		"another name":             {map[string]string{"reviews.csv": csv}, []string{"neither", `"reviews.csv"`}},
		"a shard is missing":       {map[string]string{"train-00000-of-00002.csv": csv}, []string{"1 files of train", "number 1 of 2"}},
		"two versions":             {map[string]string{"train-00000-of-00001.csv": csv, "train-00000-of-00001-0123456789abcdef.csv": csv}, []string{"2 files of train"}},
		"a file and shards":        {map[string]string{"train.csv": csv, "train-00000-of-00001.csv": csv}, []string{"one file for each half", "train.csv", "train-0"}},
		"packed and not":           {map[string]string{"train.csv": csv, "train.csv.gz": csv}, []string{"one file for each half", "train.csv", "train.csv.gz"}},
		"a file and a folder":      {map[string]string{"train.csv": csv, "train/0.csv": csv}, []string{"one file for each half", "train/0.csv"}},
		"two formats":              {map[string]string{"train/0.csv": csv, "train/1.jsonl": "{}"}, []string{"one format"}},
		"two configurations":       {map[string]string{"a/train.csv": csv, "b/train.csv": csv}, []string{"several data sets", "/a", "/b", "give the folder"}},
		"two validation files":     {map[string]string{"train.csv": csv, "val.csv": csv, "dev.csv": csv}, []string{"one file for each half", "val.csv", "dev.csv"}},
		"validation and test only": {map[string]string{"validation.csv": csv, "test.csv": csv}, []string{"neither train.jsonl"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for path, content := range fault.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(path)), content)
			}
			_, err := Open(context.Background(), dir)
			wantError(t, err, append(fault.want, dir)...)
			if err != nil && strings.Contains(err.Error(), "incomplete") {
				t.Errorf("taken for IMDB: %v", err)
			}
		})
	}
}

// TestOlderShards: uploads of older versions have a digest in the names.
func TestOlderShards(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "data", "train-00000-of-00002-6f1b0b0d4bf1a4c1.csv"), "text,label\na,0\nb,1\n")
	writeFile(t, filepath.Join(dir, "data", "train-00001-of-00002-0a1b0b0d4bf1a4c1.csv"), "text,label\nc,0\n")
	writeFile(t, filepath.Join(dir, "README.md"), "about")
	d, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	// The header is a line.
	want := []Example{{ID: "train/2", Text: "a"}, {ID: "train/3", Text: "b", Label: 1}, {ID: "train/5", Text: "c"}}
	if diff := cmp.Diff(want, d.Train); diff != "" {
		t.Error(diff)
	}
}

// TestUnreadFiles: what looks like data in a folder and is not read is warned of; other
// files, and names that begin with a dot, are passed over without a word.
func TestUnreadFiles(t *testing.T) {
	const csv = "text,label\na,0\nb,1\n"
	for name, c := range map[string]struct {
		files  []string
		unread []string
	}{
		"more files":       {[]string{"train.csv", "train2.csv", "train-extra.csv", "holdout.csv"}, []string{"train2.csv", "train-extra.csv", "holdout.csv"}},
		"other formats":    {[]string{"train.csv", "test.csv.lz4", "dev.txt"}, []string{"test.csv.lz4", "dev.txt"}},
		"within a split":   {[]string{"train/a.csv", "train/b.csv.lz4", "train/more/c.csv"}, []string{"train/b.csv.lz4", "train/more"}},
		"two data sets":    {[]string{"train.csv", "data/train.csv"}, []string{"data"}},
		"beside the inner": {[]string{"data/train.csv", "extra.csv"}, []string{"extra.csv"}},
		"not data":         {[]string{"train.csv", "README.md", "dataset_info.json", "requirements.txt", "docs/a.txt", ".train.csv.swp", "._train.csv", ".cache/train.csv"}, nil},
		"hidden":           {[]string{"train/a.csv", "train/._a.csv", "train/.a.csv.crc", "train/_SUCCESS"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, path := range c.files {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(path)), csv)
			}
			d, err := Open(context.Background(), dir)
			if err != nil {
				t.Fatal(err)
			}
			warnings := strings.Join(d.Warnings, "\n")
			if len(d.Train) != 2 || strings.Contains(warnings, "not read") != (c.unread != nil) {
				t.Errorf("%d reviews, warnings %q", len(d.Train), warnings)
			}
			for _, path := range c.unread {
				if !strings.Contains(warnings, filepath.Join(dir, filepath.FromSlash(path))) {
					t.Errorf("the warning lacks %s: %s", path, warnings)
				}
			}
		})
	}
}

// TestFolderOfParts: Spark writes a folder for a table.
func TestFolderOfParts(t *testing.T) {
	dir := t.TempDir()
	for path, content := range map[string]string{
		"train.csv/part-00000-6f1b.csv": "text,label\na,0\n", "train.csv/part-00001-6f1b.csv": "text,label\nb,1\n",
		"train.csv/_SUCCESS": "", "test.csv/part-00000-6f1c.csv": "text,label\nc,0\n",
	} {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(path)), content)
	}
	d, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, Texts(append(d.Train, d.Test...))); diff != "" {
		t.Error(diff)
	}
}

// TestMixedLayout: one half may be a folder and the other a file.
func TestMixedLayout(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "train", "a.csv"), "text,label\na,0\nb,1\n")
	writeFile(t, filepath.Join(dir, "test.csv"), "text,label\nc,0\nd,1\n")
	d, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Train) != 2 || len(d.Test) != 2 || d.Warnings != nil {
		t.Errorf("%v, warnings %q", d, d.Warnings)
	}
}
