package data

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
)

var wantSmall = &Dataset{
	Name:   "imdb",
	Labels: []string{"neg", "pos"},
	Train: []Example{
		{ID: "train/neg/9_1", Text: "Awful.", Label: 0, Rating: 1},
		{ID: "train/neg/10_4", Text: "Weak.\nVery weak.", Label: 0, Rating: 4},
		{ID: "train/pos/2_10", Text: "Great.", Label: 1, Rating: 10},
	},
	Test: []Example{
		{ID: "test/neg/0_2", Text: "Bad.", Label: 0, Rating: 2},
		{ID: "test/pos/10_8", Text: "Good.", Label: 1, Rating: 8},
	},
}

func unpack(t *testing.T, entries ...entry) string {
	t.Helper()
	dir := t.TempDir()
	for _, e := range entries {
		if e.kind == 0 {
			writeFile(t, filepath.Join(dir, e.name), e.content)
		}
	}
	return dir
}

func TestArchiveAndFolderGiveTheSameReviews(t *testing.T) {
	dir := unpack(t, small...)
	for _, spec := range []string{writeArchive(t, small...), dir, filepath.Join(dir, "aclImdb")} {
		got, err := Open(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantSmall, got); diff != "" {
			t.Errorf("%s:\n%s", spec, diff)
		}
		raw, err := Opener{Raw: true}.Open(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := raw.Train[1].Text; got != "Weak.<br /><br />Very&nbsp;weak." {
			t.Errorf("raw text %q", got)
		}
	}
}

func TestArchiveNamesWithADotOrWithoutAFolder(t *testing.T) {
	for _, root := range []string{"./aclImdb", "elsewhere/deep", ".", ""} {
		var moved []entry
		for _, e := range small {
			name := strings.TrimPrefix(e.name, "aclImdb")
			if root == "" {
				name = strings.TrimPrefix(name, "/")
			}
			if e.kind == 0 {
				moved = append(moved, entry{name: root + name, content: e.content})
			}
		}
		got, err := Open(context.Background(), writeArchive(t, moved...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantSmall, got); diff != "" {
			t.Errorf("below %q:\n%s", root, diff)
		}
	}
}

func TestArchiveFaults(t *testing.T) {
	const review = "aclImdb/train/pos/5_9.txt"
	whole := pack(t, small...)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 1 // in gzip's checksum
	faults := map[string]struct {
		content []byte
		want    []string
		is      error
	}{
		"not UTF-8":            {pack(t, with(entry{name: review, content: "caf\xe9"})...), []string{review, "0xe9 at offset 3"}, ErrNotUTF8},
		"climbs":               {pack(t, with(entry{name: "aclImdb/train/pos/../../../../etc/5_9.txt", content: "x"})...), []string{"../etc"}, ErrUnsafePath},
		"climbs as a folder":   {pack(t, with(entry{name: "../up/", kind: tar.TypeDir})...), []string{"../up"}, ErrUnsafePath},
		"absolute":             {pack(t, with(entry{name: "/aclImdb/train/pos/5_9.txt", content: "x"})...), []string{`"/aclImdb`}, ErrUnsafePath},
		"climbs on Windows":    {pack(t, with(entry{name: `aclImdb\..\..\x`, content: "x"})...), []string{"leads out"}, ErrUnsafePath},
		"a Windows drive":      {pack(t, with(entry{name: `C:/x`, content: "x"})...), []string{"C:/x"}, ErrUnsafePath},
		"symbolic link":        {pack(t, with(entry{name: review, content: "/etc/passwd", kind: tar.TypeSymlink})...), []string{review, "link"}, nil},
		"hard link":            {pack(t, with(entry{name: review, content: "aclImdb/README", kind: tar.TypeLink})...), []string{review, "link"}, nil},
		"a name without stars": {pack(t, with(entry{name: "aclImdb/train/pos/5.txt", content: "x"})...), []string{"pos/5.txt", "NUMBER_RATING"}, nil},
		"a folder too deep":    {pack(t, with(entry{name: "aclImdb/train/pos/more/5_9.txt", content: "x"})...), []string{"more/5_9.txt", "NUMBER_RATING"}, nil},
		"eleven stars":         {pack(t, with(entry{name: "aclImdb/train/pos/5_11.txt", content: "x"})...), []string{"5_11", "rating 11"}, nil},
		"two stars in pos":     {pack(t, with(entry{name: "aclImdb/train/pos/5_2.txt", content: "x"})...), []string{"5_2", "rating 2"}, nil},
		"nine stars in neg":    {pack(t, with(entry{name: "aclImdb/test/neg/5_9.txt", content: "x"})...), []string{"5_9", "rating 9"}, nil},
		"blank":                {pack(t, with(entry{name: review, content: " <br />\n"})...), []string{review, "empty"}, nil},
		"a number twice":       {pack(t, with(entry{name: "aclImdb/train/pos/2_9.txt", content: "x"})...), []string{"2_9", "occurs twice"}, nil},
		"huge":                 {pack(t, with(entry{name: review, content: strings.Repeat("x", decode.MaxText+1)})...), []string{review, "at most"}, nil},
		"cut":                  {whole[:len(whole)/2], []string{"incomplete", "download"}, nil},
		"cut before the end":   {whole[:len(whole)-4], []string{"incomplete", "download"}, nil},
		"a wrong checksum":     {flipped, []string{"damaged", "download"}, nil},
		"a web page":           {[]byte("<html>not found</html>"), []string{"not a gzip file"}, nil},
		"nothing":              {nil, []string{"not a gzip file"}, nil},
		"another archive":      {pack(t, entry{name: "main.go", content: "package main"}), []string{"no review", "aclImdb_v1.tar.gz"}, nil},
		"no test half":         {pack(t, small[4:]...), []string{"no test review"}, nil},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "reviews.tar.gz"), string(fault.content))
			d, err := Open(context.Background(), path)
			wantError(t, err, append(fault.want, path)...)
			if d != nil {
				t.Error("a data set came with the error")
			}
			if fault.is != nil && !errors.Is(err, fault.is) {
				t.Errorf("%v is not %v", err, fault.is)
			}
		})
	}
}

func TestArchiveWithAnEmptyClass(t *testing.T) {
	for name, entries := range map[string][]entry{"train": small[:len(small)-1], "test": append(small[:2:2], small[3:]...)} {
		_, err := Open(context.Background(), writeArchive(t, entries...))
		var empty *EmptyClassError
		if !errors.As(err, &empty) || empty.Half != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFolderFaults(t *testing.T) {
	faults := map[string]struct {
		change func(t *testing.T, dir string)
		want   []string
	}{
		"not UTF-8": {func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "train/pos/5_9.txt"), "caf\xe9")
		}, []string{"train/pos/5_9.txt", "offset 3"}},
		"another file": {func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "train/pos/notes.md"), "x")
		}, []string{"train/pos/notes.md", "NUMBER_RATING"}},
		"a folder of a review's name": {func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "train/pos/5_9.txt/x"), "x")
		}, []string{"train/pos/5_9.txt", "regular file"}},
		"a dangling link": {func(t *testing.T, dir string) {
			if err := os.Symlink("nowhere", filepath.Join(dir, "train/pos/5_9.txt")); err != nil {
				t.Skip(err)
			}
		}, []string{"train/pos/5_9.txt"}},
		"a class is missing": {func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "test/neg")); err != nil {
				t.Fatal(err)
			}
		}, []string{"incomplete", filepath.Join("test", "neg")}},
		"a class is empty": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "test/neg/0_2.txt")); err != nil {
				t.Fatal(err)
			}
		}, []string{`no review of class "neg" in its test half`}},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			dir := unpack(t, small...)
			fault.change(t, filepath.Join(dir, "aclImdb"))
			_, err := Open(context.Background(), dir)
			wantError(t, err, append(fault.want, dir)...)
		})
	}
}

func TestOpenStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	table := writeFile(t, filepath.Join(t.TempDir(), "own.jsonl"), `{"text":"a","label":0}`)
	for _, spec := range []string{writeArchive(t, small...), unpack(t, small...), table} {
		if d, err := Open(ctx, spec); !errors.Is(err, context.Canceled) || d != nil {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

func TestProgressCountsUpToTheTotal(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("word ", 100_000)
	table := writeFile(t, filepath.Join(dir, "own.csv"), "text,label\n"+long+",0\n"+long+",1\n")
	folder := unpack(t, with(entry{name: "aclImdb/train/pos/5_9.txt", content: long})...)
	for _, spec := range []string{table, folder, writeArchive(t, small...)} {
		var reports []int64
		var total int64
		_, err := Opener{Progress: func(done, all int64) { reports, total = append(reports, done), all }}.Open(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < len(reports); i++ {
			if reports[i] <= reports[i-1] {
				t.Errorf("%s: reports %v do not grow", spec, reports)
			}
		}
		if len(reports) == 0 || total == 0 || reports[len(reports)-1] != total {
			t.Errorf("%s: reports %v of %d", spec, reports, total)
		}
	}
}

// FuzzArchive feeds bytes of any kind as an archive: they give an error or
// reviews that keep Review's promises.
func FuzzArchive(f *testing.F) {
	f.Add(pack(f, small...))
	f.Add(pack(f, with(entry{name: "aclImdb/train/pos/5_9.txt", content: "caf\xe9"})...))
	f.Add(pack(f, with(entry{name: "../x", content: "y"})...))
	f.Add([]byte{0x1f, 0x8b})
	fuzzArchive(f, &decode.Gzipped)
}

// FuzzXZArchive is FuzzArchive for the other compression.
func FuzzXZArchive(f *testing.F) {
	f.Add(packXZ(f, small...))
	f.Add(packXZ(f, unlabelledOnly...))
	f.Add([]byte("\xfd7zXZ\x00"))
	fuzzArchive(f, &decode.Xzipped)
}

func fuzzArchive(f *testing.F, c *decode.Compression) {
	f.Fuzz(func(t *testing.T, content []byte) {
		var d *Dataset
		var err error
		memorytest.Bounded(t, len(content), func() {
			d, err = Opener{Unlabelled: true}.readArchive("fuzz", c, bytes.NewReader(content))
		})
		if (d == nil) != (err != nil) {
			t.Fatalf("%v with %v", d, err)
		}
		if err == nil {
			checkReviews(t, d)
		}
	})
}

// checkReviews fails on reviews that break what Review and Open promise.
func checkReviews(t *testing.T, d *Dataset) {
	t.Helper()
	ids := map[string]bool{}
	for _, half := range [][]Example{d.Train, d.Test, d.Unlabelled} {
		for _, r := range half {
			if ids[r.ID] || r.ID == "" || r.Label < -1 || r.Rating < 0 || r.Rating > 10 ||
				!utf8.ValidString(r.Text) || strings.TrimSpace(r.Text) == "" {
				t.Fatalf("bad review %+v", r)
			}
			ids[r.ID] = true
		}
	}
	for _, r := range append(d.Train, d.Test...) {
		if r.Label < 0 {
			t.Fatalf("unlabelled review %+v", r)
		}
	}
}

// TestIMDBBesideOtherFiles: files that a desktop leaves behind are passed over, a folder
// of another class is an error, in the folder and in the archive.
func TestIMDBBesideOtherFiles(t *testing.T) {
	open := func(entries ...entry) (archive, folder error) {
		_, archive = Open(context.Background(), writeArchive(t, entries...))
		dir := t.TempDir()
		for _, e := range entries {
			if e.kind == 0 {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(e.name)), e.content)
			}
		}
		_, folder = Open(context.Background(), dir)
		return archive, folder
	}
	archive, folder := open(with(entry{name: "aclImdb/train/pos/.DS_Store"}, entry{name: "aclImdb/train/pos/._2_10.txt"},
		entry{name: "aclImdb/train/.ipynb_checkpoints/a.txt"})...)
	if archive != nil || folder != nil {
		t.Error(archive, folder)
	}
	archive, folder = open(with(entry{name: "aclImdb/train/neutral/1_5.txt", content: "So so."})...)
	wantError(t, archive, "train/neutral/1_5.txt", "neg and pos", "train.csv")
	wantError(t, folder, "train/neutral", "neg and pos", "train.csv")
}
