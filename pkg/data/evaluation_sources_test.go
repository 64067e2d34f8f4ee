package data

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/hubdata"
)

// TestEvaluationArchives: archives of one half or class.
func TestEvaluationArchives(t *testing.T) {
	o := Opener{Evaluation: true}
	for name, c := range map[string]struct {
		files  [][2]string
		labels []string
		sizes  [2]int // undivided and test
	}{
		"a table":        {[][2]string{{"own/test.csv", "text,label\na,x\n"}}, []string{"x"}, [2]int{0, 1}},
		"a half":         {[][2]string{{"test/a.csv", "text,label\na,x\n"}}, []string{"x"}, [2]int{0, 1}},
		"names":          {[][2]string{{"a-test.csv", "text,label\na,x\n"}, {"b-test.csv", "text,label\na,y\n"}}, []string{"x", "y"}, [2]int{0, 2}},
		"texts":          {[][2]string{{"set/test/pos/1.txt", "a"}, {"set/test/pos/2.txt", "a"}}, []string{"pos"}, [2]int{0, 2}},
		"texts, a class": {[][2]string{{"5/1.txt", "a"}, {"5/2.txt", "a"}}, []string{"5"}, [2]int{2, 0}},
		"files":          {[][2]string{{"set/pos.txt", "a"}, {"set/neg.txt", "a"}}, []string{"neg", "pos"}, [2]int{2, 0}},
	} {
		d, err := o.Open(t.Context(), writeZip(t, "own.zip", c.files...))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sizes := [2]int{len(d.Train), len(d.Test)}; sizes != c.sizes || !slices.Equal(d.Labels, c.labels) {
			t.Errorf("%s: sizes %v, classes %q, want %v, %q", name, sizes, d.Labels, c.sizes, c.labels)
		}
	}
	imdb := writeArchive(t, entry{name: "aclImdb/test/pos/10_8.txt", content: "Good."})
	if d, err := o.Open(t.Context(), imdb); err != nil || len(d.Test) != 1 || d.Test[0].Label != 1 {
		t.Errorf("an archive of IMDB's positive test reviews: %v, %v", d, err)
	}
	if _, err := Open(t.Context(), imdb); err == nil {
		t.Error("a training accepted an archive of IMDB's positive test reviews")
	}
}

// TestEvaluationHub: the hub's conversion and a repository with a validation split alone.
func TestEvaluationHub(t *testing.T) {
	rows := packParquet(t, hubMetadata, hubRow{"Good.", 1})
	o := Opener{Evaluation: true}
	for name, files := range map[string]map[string][]byte{
		"conversion": {"default/validation/0000.parquet": rows},
		"repository": {"data/dev-00000-of-00001.parquet": rows, "README.md": []byte("about")},
	} {
		server := hubtest.Serve(t, "datasets/owner/name", files)
		server.Lacks = map[string]bool{hubdata.Conversion: name == "repository"}
		d, err := o.Open(t.Context(), "owner/name")
		if err != nil || len(d.Validation) != 1 || d.Labels[d.Validation[0].Label] != "pos" {
			t.Errorf("%s: %v, %v", name, d, err)
		}
		if _, err := Open(t.Context(), "owner/name"); err == nil {
			t.Errorf("%s: a training accepted data without a training half", name)
		}
	}
	hubtest.Serve(t, "datasets/owner/name", map[string][]byte{"default/hard/0000.parquet": rows})
	_, err := o.Open(t.Context(), "owner/name")
	wantError(t, err, `no split "train", "validation" or "test"`, `["hard"]`)
}

// TestOneFileOfAHalf: a half with the texts of one class in a file is read for an evaluation; a training
// says that it does not read it.
func TestOneFileOfAHalf(t *testing.T) {
	dir := t.TempDir()
	for file, content := range map[string]string{"train/pos.txt": "a\n", "train/neg.txt": "b\n", "test/pos.txt": "c\n"} {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(file)), content)
	}
	d, err := Opener{Evaluation: true}.Open(t.Context(), dir)
	if err != nil || len(d.Test) != 1 || len(d.Warnings) > 0 {
		t.Errorf("for an evaluation: %v, %v", d, err)
	}
	d, err = Open(t.Context(), dir)
	if err != nil || len(d.Test) != 0 || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], filepath.Join(dir, "test")+": not read") {
		t.Errorf("for a training: %v, %v", d, err)
	}
}

// TestEvaluationSaved: a DatasetDict of save_to_disk with a test split alone.
func TestEvaluationSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "saved")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "folders", "saved"))); err != nil {
		t.Fatal(err)
	}
	remove(t, dir, "train")
	remove(t, dir, "validation")
	writeFile(t, filepath.Join(dir, "dataset_dict.json"), `{"splits": ["test"]}`)
	d, err := Opener{Evaluation: true}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(partOf(halves.Test, 3), d.Test); diff != "" || !slices.Equal(d.Labels, []string{"poor", "fine"}) {
		t.Error(diff, d.Labels)
	}
	_, err = Open(t.Context(), dir)
	wantError(t, err, `["test"]`, `no "train"`)
	writeFile(t, filepath.Join(dir, "dataset_dict.json"), `{"splits": ["hard"]}`)
	if err := os.Rename(filepath.Join(dir, "test"), filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	_, err = Opener{Evaluation: true}.Open(t.Context(), dir)
	wantError(t, err, `["hard"]`, `no "train", "validation" or "test"`, "open the folder of one split")
}
