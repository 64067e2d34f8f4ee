package data

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inFolder writes files to a folder and makes it the working directory.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(path)), content)
	}
	t.Chdir(dir)
}

const (
	csvA = "text,label\na,0\nb,1\n"
	csvC = "text,label\nc,0\n"
	csvD = "text,label\nd,0\n"
)

// TestSeveralFiles opens patterns and lists.
func TestSeveralFiles(t *testing.T) {
	files := map[string]string{
		"data/part-0.csv": csvA, "data/part-1.csv.gz": compressed(t, ".gz", csvC), "data/.part-2.csv": csvD,
		"data/sub/part-3.csv": csvD, "data/notes.md": "x",
		"halves/test.csv": csvC, "halves/train.csv": csvA,
		"shards/train-00000-of-00002.csv": csvA, "shards/train-00001-of-00002.csv": csvC,
		"comma/a,b.csv": csvA, "comma/[x].csv": csvC,
	}
	inFolder(t, files)
	for spec, want := range map[string]struct{ name, train, test string }{
		"data/part-*.csv*":                   {"part", "a b c", ""},
		"data/*/part-*.csv":                  {"part", "d", ""},
		"data/part-0.csv,data/sub/*.csv":     {"data", "a b d", ""},
		"data/sub/*.csv, data/part-0.csv":    {"sub", "d a b", ""},
		"halves/*.csv":                       {"halves", "a b", "c"},
		"halves/test.csv,halves/train.csv":   {"halves", "a b", "c"},
		"shards/train-*-of-00002.csv":        {"shards", "a b c", ""},
		"comma/a,b.csv":                      {"a,b", "a b", ""},
		"comma/[x].csv":                      {"[x]", "c", ""},
		"data/part-[0-9].csv":                {"data", "a b", ""},
		"data/part-?.csv,comma/a,b.csv (no)": {},
	} {
		t.Run(spec, func(t *testing.T) {
			if strings.HasSuffix(spec, " (no)") {
				_, err := Open(context.Background(), strings.TrimSuffix(spec, " (no)"))
				wantError(t, err, "comma/a", "no such file")
				return
			}
			// One class is enough here.
			d, err := Opener{}.open(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(Texts(d.Train), " "); got != want.train || strings.Join(Texts(d.Test), " ") != want.test || d.Name != want.name {
				t.Errorf("%q: train %q, test %q", d.Name, got, Texts(d.Test))
			}
		})
	}
}

func TestSeveralFilesFaults(t *testing.T) {
	inFolder(t, map[string]string{
		"a.csv": csvA, "train.csv": csvA, "dir/b.csv": csvA,
		"shards/train-00000-of-00003.csv": csvA, "shards/train-00001-of-00003.csv": csvA,
	})
	for spec, want := range map[string][]string{
		"none-*.csv":      {"no file matches", "none-*.csv"},
		"a.csv,":          {"empty"},
		"a.csv,b.csv":     {"b.csv", "no such file"},
		"a.csv,a.csv":     {"a.csv", "twice"},
		"a.csv,*.csv":     {"a.csv", "twice"},
		"a.csv,dir":       {"dir is a folder", "dir/*"},
		"**/*.csv":        {"**", "one level"},
		"[a.csv":          {"[a.csv", "not valid"},
		"a.csv,train.csv": {"train.csv is named after a half", "a.csv is not"},
		"shards/*.csv":    {"2 files of train", "of 3"},
	} {
		t.Run(spec, func(t *testing.T) {
			_, err := Open(context.Background(), spec)
			wantError(t, err, append(want, spec)...)
			_, localErr := Local(spec)
			if strings.Contains(want[0], "no file") && localErr == nil {
				t.Error("Local found it")
			}
		})
	}
}

// TestOneShard: a single file of several is read with a warning.
func TestOneShard(t *testing.T) {
	inFolder(t, map[string]string{"train-00000-of-00002.csv": csvA, "train-00000-of-00001.csv": csvA})
	d, err := Open(context.Background(), "train-00000-of-00002.csv")
	if err != nil || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "train-*") {
		t.Error(d, err)
	}
	d, err = Open(context.Background(), "train-00000-of-00001.csv")
	if err != nil || len(d.Warnings) != 0 {
		t.Error(d, err)
	}
}

// TestClassFolders opens folders of texts.
func TestClassFolders(t *testing.T) {
	folders := map[string]string{
		"sports/1.txt": "A goal.", "sports/2.txt": "\ufeffA match.\n", "politics/x.txt.gz": compressed(t, ".gz", "A vote."),
		"sports/.hidden.txt": "x", "README.md": "about",
	}
	halves := map[string]string{}
	for name, content := range folders {
		halves["train/"+name] = content
	}
	halves["test/sports/1.txt"], halves["test/politics/1.txt"] = "A race.", "A law."
	polarity := map[string]string{
		"neg/cv000_29416.txt": "bad film", "pos/cv000_29590.txt": "good film",
	}
	imdbLike := map[string]string{"train/neg/a.txt": "bad", "train/pos/b.txt": "good"}
	for name, c := range map[string]struct {
		files  map[string]string
		labels []string
		ids    string
		texts  string
		test   int
		note   string
	}{
		"folders":       {folders, []string{"politics", "sports"}, "politics/x sports/1 sports/2", "A vote.|A goal.|A match.", 0, "each folder is a class"},
		"halves":        {halves, []string{"politics", "sports"}, "train/politics/x train/sports/1 train/sports/2", "A vote.|A goal.|A match.", 2, "each folder is a class"},
		"polarity":      {polarity, []string{"neg", "pos"}, "neg/cv000_29416 pos/cv000_29590", "bad film|good film", 0, "each folder is a class"},
		"IMDB's names":  {imdbLike, []string{"neg", "pos"}, "train/neg/a train/pos/b", "bad|good", 0, "each folder is a class"},
		"files":         {map[string]string{"pos.txt": "good\n\nfine\r\n", "neg.txt": "bad", "readme.txt": "about"}, []string{"neg", "pos"}, "neg/1 pos/1 pos/3", "bad|good|fine", 0, "each file is a class"},
		"rt-polarity":   {map[string]string{"rt-polarity.pos": "good\n", "rt-polarity.neg": "bad\n", "README": "x"}, []string{"neg", "pos"}, "rt-polarity.neg/1 rt-polarity.pos/1", "bad|good", 0, "each file is a class"},
		"files, halves": {map[string]string{"train/pos.txt": "good\n", "train/neg.txt": "bad\n", "test/pos.txt": "fine\n", "test/neg.txt": "poor\n"}, []string{"neg", "pos"}, "train/neg/1 train/pos/1", "bad|good", 2, "each file is a class"},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, c.files)
			d, err := Open(context.Background(), ".")
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, e := range d.Train {
				ids = append(ids, e.ID)
				if class := d.Labels[e.Label]; !strings.Contains(e.ID, class) {
					t.Errorf("%s has class %s", e.ID, class)
				}
			}
			if strings.Join(ids, " ") != c.ids || strings.Join(Texts(d.Train), "|") != c.texts || len(d.Test) != c.test || !slices.Equal(d.Labels, c.labels) {
				t.Errorf("ids %q, texts %q, %d tests, labels %q", ids, Texts(d.Train), len(d.Test), d.Labels)
			}
			if len(d.Notes) == 0 || !strings.Contains(d.Notes[0], c.note) || len(d.Warnings) > 0 {
				t.Errorf("notes %q, warnings %q", d.Notes, d.Warnings)
			}
		})
	}
}

func TestClassFolderFaults(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"Latin-1":      {map[string]string{"a/1.txt": "caf\xe9", "b/1.txt": "x"}, []string{"a/1.txt:1", "0xe9", "Opener.Encoding", "latin1"}},
		"blank":        {map[string]string{"a/1.txt": " ", "b/1.txt": "x"}, []string{"a/1.txt:1", "empty"}},
		"one folder":   {map[string]string{"docs/1.txt": "x"}, []string{"neither", `"docs"`}},
		"Latin-1 line": {map[string]string{"pos.txt": "ok\ncaf\xe9\n", "neg.txt": "x"}, []string{"pos.txt:2", "0xe9", "latin1"}},
		"not text":     {map[string]string{"a/1.txt": "PAR1 text", "b/1.txt": "x"}, []string{"a/1.txt", "expected text"}},
	} {
		t.Run(name, func(t *testing.T) {
			inFolder(t, c.files)
			_, err := Open(context.Background(), ".")
			wantError(t, err, c.want...)
		})
	}
	t.Run("unread", func(t *testing.T) {
		inFolder(t, map[string]string{"a/1.txt": "x", "b/1.txt": "y", "b/more/2.txt": "z", "c.txt": "x", "d.txt": "y"})
		d, err := Open(context.Background(), ".")
		if err != nil || len(d.Warnings) != 1 {
			t.Fatal(d, err)
		}
		for _, path := range []string{"b/more", "c.txt", "d.txt"} {
			if !strings.Contains(d.Warnings[0], filepath.FromSlash(path)) {
				t.Errorf("the warning lacks %s: %s", path, d.Warnings[0])
			}
		}
	})
}

// TestEncoding reads files that are not in UTF-8.
func TestEncoding(t *testing.T) {
	const want = "Caf\u00e9 \u201cgut\u201d"
	wide := func(s string) string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, r := range s {
			b.WriteByte(byte(r))
			b.WriteByte(byte(r >> 8))
		}
		return b.String()
	}
	for name, c := range map[string]struct{ encoding, content, text string }{
		"latin1.csv":    {"latin1", "text,label\nCaf\xe9,0\nx,1\n", "Caf\u00e9"},
		"iso.csv":       {"ISO-8859-1", "text,label\nCaf\xe9,0\nx,1\n", "Caf\u00e9"},
		"windows.csv":   {"windows-1252", "text,label\nCaf\xe9 \x93gut\x94,0\nx,1\n", want},
		"cp.csv":        {"cp1252", "text,label\nCaf\xe9 \x93gut\x94,0\nx,1\n", want},
		"koi8.csv":      {"koi8-r", "text,label\n\xc1\xc2,0\nx,1\n", "\u0430\u0431"},
		"utf8.csv":      {"UTF-8", "text,label\nCaf\u00e9,0\nx,1\n", "Caf\u00e9"},
		"utf16.csv":     {"utf-16", wide("text,label\n" + want + ",0\nx,1\n"), want},
		"utf16le.jsonl": {"utf-16le", wide(`{"text":"` + want + `","label":0}` + "\n" + `{"text":"x","label":1}`)[2:], want},
		"latin1.csv.gz": {"latin1", compressed(t, ".gz", "text,label\nCaf\xe9,0\nx,1\n"), "Caf\u00e9"},
		"not.parquet":   {"latin1", string(packParquet(t, "", hubRow{"Caf\u00e9", 0}, hubRow{"x", 1})), "Caf\u00e9"},
		"across.csv":    {"windows-1252", "text,label\n" + strings.Repeat("y", 1<<17) + ",0\n\xe9,1\n", strings.Repeat("y", 1<<17)},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), name), c.content)
			d, err := Opener{Encoding: c.encoding}.Open(context.Background(), path)
			if err != nil {
				t.Fatal(err)
			}
			if d.Train[0].Text != c.text {
				t.Errorf("%q", d.Train[0].Text)
			}
		})
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "own.csv"), "text,label\na,0\nb\x81,1\n")
	_, err := Opener{Encoding: "windows-1252"}.Open(context.Background(), path)
	wantError(t, err, "own.csv:3", "no meaning", "windows-1252")
	_, err = Opener{Encoding: "klingon"}.Open(context.Background(), path)
	wantError(t, err, "klingon", "windows-1252")
	_, err = Open(context.Background(), path)
	wantError(t, err, "own.csv:3", "Opener.Encoding")
}

// TestLocalSeveral: run folders notice a change of any file.
func TestLocalSeveral(t *testing.T) {
	inFolder(t, map[string]string{"a.csv": csvA, "b.csv": csvC})
	paths, err := Local("*.csv")
	if diff := cmp.Diff([]string{"a.csv", "b.csv"}, paths); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if paths, err := Local("."); err != nil || !slices.Equal(paths, []string{"."}) {
		t.Error(paths, err)
	}
	if paths, err := Local(Sample); err != nil || paths != nil {
		t.Error(paths, err)
	}
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("HF_HUB_CACHE", "")
	for _, spec := range []string{"none.csv", "none/none", "none/none:x@y", "c.csv,d.csv"} {
		if _, err := Local(spec); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", spec, err)
		}
	}
	_ = os.Remove("a.csv")
}
