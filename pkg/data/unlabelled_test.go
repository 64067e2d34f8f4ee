package data

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulikunitz/xz"
)

// unlabelledOnly is the archive of the unlabelled reviews alone.
var unlabelledOnly = []entry{
	{name: "aclImdb/train/unsup/10_0.txt", content: "Ten.<br />"},
	{name: "aclImdb/train/unsup/9_0.txt", content: "Nine."},
}

// xzipArchive writes the entries as a .tar.xz archive.
func xzipArchive(t testing.TB, entries ...entry) string {
	t.Helper()
	return writeFile(t, filepath.Join(t.TempDir(), "reviews.tar.xz"), string(packXZ(t, entries...)))
}

func packXZ(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer, err := xz.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(packTar(t, entries...)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestUnlabelledReviewsAreReadIfWanted(t *testing.T) {
	entries := with(unlabelledOnly...)
	dir := unpack(t, entries...)
	want := *wantSmall
	want.Unlabelled = []Review{
		{ID: "train/unsup/0_0", Text: "Who knows.", Label: -1},
		{ID: "train/unsup/9_0", Text: "Nine.", Label: -1},
		{ID: "train/unsup/10_0", Text: "Ten.", Label: -1},
	}
	for _, spec := range []string{writeArchive(t, entries...), xzipArchive(t, entries...), dir, filepath.Join(dir, "aclImdb")} {
		for asked, want := range map[bool]*Dataset{true: &want, false: wantSmall} {
			got, err := Opener{Unlabelled: asked}.Open(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, asked %v:\n%s", spec, asked, diff)
			}
		}
	}
	if got, end := want.String(), ", test 2 (neg 1, pos 1), unlabelled 3"; !strings.HasSuffix(got, end) {
		t.Errorf("%q lacks %q", got, end)
	}
}

func TestUnlabelledReviewsAlone(t *testing.T) {
	want := &Dataset{
		Name:   "imdb",
		Labels: []string{"neg", "pos"},
		Unlabelled: []Review{
			{ID: "train/unsup/9_0", Text: "Nine.", Label: -1},
			{ID: "train/unsup/10_0", Text: "Ten.", Label: -1},
		},
	}
	for _, spec := range []string{writeArchive(t, unlabelledOnly...), xzipArchive(t, unlabelledOnly...), unpack(t, unlabelledOnly...)} {
		got, err := Opener{Unlabelled: true}.Open(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", spec, diff)
		}
		_, err = Open(context.Background(), spec)
		wantError(t, err, filepath.Base(spec), "unlabelled reviews only", "Opener.Unlabelled")
	}
}

func TestUnlabelledReviewsThatAreNotThere(t *testing.T) {
	labelled := append(small[:4:4], small[5:]...)
	for _, spec := range []string{writeArchive(t, labelled...), unpack(t, labelled...)} {
		if _, err := (Opener{Unlabelled: true}).Open(context.Background(), spec); !errors.Is(err, ErrNoUnlabelled) {
			t.Errorf("%s: %v", spec, err)
		} else {
			wantError(t, err, spec)
		}
	}
}

// TestUnlabelledFaults: what is wrong with an unlabelled review matters to those
// only who ask for it.
func TestUnlabelledFaults(t *testing.T) {
	for name, fault := range map[string]struct {
		entry entry
		want  []string
	}{
		"stars":           {entry{name: "aclImdb/train/unsup/5_7.txt", content: "x"}, []string{"unsup/5_7.txt", "rating 7", "want 0"}},
		"another file":    {entry{name: "aclImdb/train/unsup/urls.txt", content: "x"}, []string{"unsup/urls.txt", "NUMBER_RATING"}},
		"not UTF-8":       {entry{name: "aclImdb/train/unsup/5_0.txt", content: "caf\xe9"}, []string{"unsup/5_0.txt", "offset 3"}},
		"blank":           {entry{name: "aclImdb/train/unsup/5_0.txt", content: " "}, []string{"unsup/5_0.txt", "empty"}},
		"a folder inside": {entry{name: "aclImdb/train/unsup/more/5_0.txt", content: "x"}, []string{"unsup/more"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, spec := range []string{writeArchive(t, with(fault.entry)...), unpack(t, with(fault.entry)...)} {
				_, err := Opener{Unlabelled: true}.Open(context.Background(), spec)
				wantError(t, err, append(fault.want, spec)...)
				if _, err := Open(context.Background(), spec); err != nil {
					t.Errorf("not asked for: %v", err)
				}
			}
		})
	}
}

func TestXZFaults(t *testing.T) {
	whole := packXZ(t, small...)
	for name, fault := range map[string]struct {
		content []byte
		want    []string
	}{
		"a web page":         {[]byte("<html>not found</html>"), []string{"not an xz file", "download"}},
		"a gzip file":        {pack(t, small...), []string{"not an xz file"}},
		"nothing":            {nil, []string{"not an xz file"}},
		"cut":                {whole[:len(whole)/2], []string{"incomplete", "download"}},
		"cut before the end": {whole[:len(whole)-4], []string{"incomplete", "download"}},
		"a changed byte":     {append(append(bytes.Clone(whole[:100]), whole[100]^1), whole[101:]...), []string{"damaged", "download"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "reviews.tar.xz"), string(fault.content))
			d, err := Open(context.Background(), path)
			wantError(t, err, append(fault.want, path)...)
			if d != nil {
				t.Error("a data set came with the error")
			}
		})
	}
}

func TestRealUnlabelled(t *testing.T) {
	path := os.Getenv("LORABOOK_UNSUP")
	if path == "" {
		t.Skip("set LORABOOK_UNSUP to an archive that holds IMDB's 50,000 unlabelled reviews (the published aclImdb_v1.tar.gz does) to run this test")
	}
	start := time.Now()
	d, err := Opener{Unlabelled: true, Raw: true}.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s in %v", d, time.Since(start).Round(time.Millisecond))
	bytes := 0
	for i, r := range d.Unlabelled {
		bytes += len(r.Text)
		if r.Label != -1 || r.Rating != 0 {
			t.Fatalf("review %d is %+v", i, r)
		}
	}
	// The sizes that tar lists for the folder, added up.
	if len(d.Unlabelled) != 50_000 || bytes != 66_506_794 {
		t.Errorf("%d reviews of %d bytes", len(d.Unlabelled), bytes)
	}
	for at, want := range map[int]string{0: "train/unsup/0_0", 2: "train/unsup/2_0", 49_999: "train/unsup/49999_0"} {
		if got := d.Unlabelled[at].ID; got != want {
			t.Errorf("review %d is %s, want %s", at, got, want)
		}
	}
}
