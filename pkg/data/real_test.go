package data

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
)

func realIMDB(t testing.TB) string {
	t.Helper()
	path := testenv.Get(t, "LORABOOK_IMDB")
	if path == "" {
		t.Skip("set LORABOOK_IMDB to the archive aclImdb_v1.tar.gz (or to the folder it unpacks to) to run this test")
	}
	return path
}

func realArchive(t testing.TB) string {
	t.Helper()
	path := realIMDB(t)
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		t.Skip("set LORABOOK_IMDB to the archive aclImdb_v1.tar.gz itself to run this test")
	}
	return path
}

func TestRealIMDB(t *testing.T) {
	var done, total int64
	calls := 0
	opener := Opener{Progress: func(d, n int64) { done, total = d, n; calls++ }}
	d, err := opener.Open(context.Background(), realIMDB(t))
	if err != nil {
		t.Fatal(err)
	}
	if done != total || total < 20<<20 || calls < 50 {
		t.Errorf("progress ended at %d of %d after %d calls", done, total, calls)
	}
	want := "imdb, train 25000 (neg 12500, pos 12500), test 25000 (neg 12500, pos 12500)"
	if d.String() != want {
		t.Errorf("got %s\nwant %s", d, want)
	}
	// Counted over the file names of the published archive with awk.
	ratings := func(reviews []Example) (counts [11]int) {
		for _, r := range reviews {
			counts[int(r.Rating)]++
		}
		return counts
	}
	if got, want := ratings(d.Train), [11]int{0, 5100, 2284, 2420, 2696, 0, 0, 2496, 3009, 2263, 4732}; got != want {
		t.Errorf("training ratings %v, want %v", got, want)
	}
	if got, want := ratings(d.Test), [11]int{0, 5022, 2302, 2541, 2635, 0, 0, 2307, 2850, 2344, 4999}; got != want {
		t.Errorf("test ratings %v, want %v", got, want)
	}
	for at, want := range map[int]string{0: "train/neg/0_3", 1: "train/neg/1_1", 10: "train/neg/10_2", 12500: "train/pos/0_9"} {
		if got := d.Train[at].ID; got != want {
			t.Errorf("training review %d is %s, want %s", at, got, want)
		}
	}
	for _, r := range append(d.Train, d.Test...) {
		if strings.Contains(r.Text, "<br") || strings.Contains(r.Text, "&#") || strings.Contains(r.Text, "  ") {
			t.Errorf("%s is not clean", r.ID)
		}
	}
}

func TestRealIMDBRawIsEveryByte(t *testing.T) {
	d, err := Opener{Raw: true}.Open(context.Background(), realIMDB(t))
	if err != nil {
		t.Fatal(err)
	}
	var got [2][2]int
	for half, reviews := range [][]Example{d.Train, d.Test} {
		for _, r := range reviews {
			got[half][r.Label] += len(r.Text)
		}
	}
	// The sizes that tar lists for the published archive's four folders, added up.
	if want := [2][2]int{{16289992, 16842831}, {16067328, 16283357}}; got != want {
		t.Errorf("bytes of train and test, neg and pos: %v, want %v", got, want)
	}
}

// TestRealFolderEqualsArchive unpacks a part of the archive, packs the same part
// again, and opens both.
func TestRealFolderEqualsArchive(t *testing.T) {
	file, err := os.Open(realArchive(t))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var part []entry
	taken := map[string]int{}
	for in := tar.NewReader(unzipped); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(header.Name)
		if taken[folder]++; header.Typeflag != tar.TypeReg || taken[folder] > 300 {
			continue
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		part = append(part, entry{name: header.Name, content: string(content)})
		writeFile(t, filepath.Join(dir, header.Name), string(content))
	}
	packed := writeArchive(t, part...)
	for _, opener := range []Opener{{}, {Raw: true}} {
		fromArchive, err := opener.Open(context.Background(), packed)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(fromArchive.Train) + len(fromArchive.Test); n != 4*299 && n != 4*300 {
			t.Fatalf("%d reviews", n)
		}
		for _, folder := range []string{dir, filepath.Join(dir, "aclImdb")} {
			fromFolder, err := opener.Open(context.Background(), folder)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(fromArchive, fromFolder); diff != "" {
				t.Error(diff[:min(len(diff), 400)])
			}
		}
	}
}

func BenchmarkOpenArchive(b *testing.B) {
	path := realArchive(b)
	for name, opener := range map[string]Opener{"clean": {}, "raw": {Raw: true}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := opener.Open(context.Background(), path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
