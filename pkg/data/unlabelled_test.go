package data

import (
	"bytes"
	stdcmp "cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ulikunitz/xz"

	"github.com/lorabook/lorabook/internal/testenv"
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
	want.Unlabelled = []Example{
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
		Unlabelled: []Example{
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
		wantError(t, err, filepath.Base(spec), "only unlabelled reviews", "Opener.Unlabelled")
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

func TestUnlabelledRecords(t *testing.T) {
	for name, content := range map[string]string{
		"own.jsonl": `{"text": "a", "label": "x", "split": "train"}
{"text": "b<br />", "split": "unsupervised"}
{"text": "c", "label": "y", "split": "train"}
{"text": "d", "label": -1, "split": "unsupervised", "id": "fourth"}`,
		"own.csv": "split,label,text,id\ntrain,x,a,train/1\nunsupervised,,b,unsupervised/2\ntrain,y,c,train/3\nunsupervised,-1,d,fourth\n",
	} {
		path := writeFile(t, filepath.Join(t.TempDir(), name), content)
		want := &Dataset{
			Name:       "own",
			Labels:     []string{"x", "y"},
			Train:      []Example{{ID: "train/1", Text: "a"}, {ID: "train/3", Text: "c", Label: 1}},
			Unlabelled: []Example{{ID: "unsupervised/2", Text: "b", Label: -1}, {ID: "fourth", Text: "d", Label: -1}},
		}
		got, err := Opener{Unlabelled: true}.Open(context.Background(), path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		want.Unlabelled = nil
		if got, err = Open(context.Background(), path); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, not asked:\n%s", name, diff)
		}
	}
}

func TestUnlabelledFiles(t *testing.T) {
	type onlyText struct {
		Text string `parquet:"text"`
	}
	for ending, content := range map[string]string{
		"jsonl":   `{"text": "a"}`,
		"csv":     "text\na\n",
		"parquet": string(packParquet(t, "", onlyText{"a"})),
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "unsupervised."+ending), content)
		got, err := Opener{Unlabelled: true}.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		// The header is the first line of a CSV file.
		id := map[string]string{"csv": "unsupervised/2"}[ending]
		want := &Dataset{Name: filepath.Base(dir), Unlabelled: []Example{{ID: stdcmp.Or(id, "unsupervised/1"), Text: "a", Label: -1}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", ending, diff)
		}
		_, err = Open(context.Background(), dir)
		wantError(t, err, dir, "Opener.Unlabelled")
		writeFile(t, filepath.Join(dir, "train.csv"), "text,label\nb,0\nc,1\n")
		if got, err = Open(context.Background(), dir); err != nil || len(got.Train) != 2 || len(got.Unlabelled) != 0 {
			t.Errorf("not asked: %v, %v", got, err)
		}
		if got, err = (Opener{Unlabelled: true}).Open(context.Background(), dir); err != nil || len(got.Train) != 2 || len(got.Unlabelled) != 1 {
			t.Errorf("asked: %v, %v", got, err)
		}
	}
}

func TestUnlabelledRecordFaults(t *testing.T) {
	const good = `{"text":"a","label":0,"split":"train"}` + "\n" + `{"text":"b","label":1,"split":"train"}` + "\n"
	for name, fault := range map[string]struct{ content, want string }{
		"with a label":   {good + `{"text":"c","label":1,"split":"unsupervised"}`, "own.jsonl:3: label \"1\" is out of range: expected none"},
		"blank":          {good + `{"text":" ","split":"unsupervised"}`, "own.jsonl:3: text is empty"},
		"none":           {good, "no unlabelled review"},
		"no train":       {`{"text":"c","split":"unsupervised"}` + "\n" + `{"text":"c","split":"test","label":0}`, "no training review"},
		"split for some": {`{"text":"c","split":"unsupervised"}` + "\n" + `{"text":"a","label":0}`, "own.jsonl:2: split is \"\", and"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, filepath.Join(t.TempDir(), "own.jsonl"), fault.content)
			_, err := Opener{Unlabelled: true}.Open(context.Background(), path)
			wantError(t, err, "own", fault.want)
			// Who does not ask is told of the slips of split only.
			_, err = Open(context.Background(), path)
			if strings.HasPrefix(fault.content, good) != (err == nil) {
				t.Errorf("not asked: %v", err)
			}
		})
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "own.jsonl"), `{"text":"c","split":"unsupervised"}`)
	_, err := Open(context.Background(), path)
	wantError(t, err, `"own"`, "Opener.Unlabelled")
}

// TestUnlabelledFaults: what is wrong with an unlabelled review matters to those
// only who ask for it.
func TestUnlabelledFaults(t *testing.T) {
	for name, fault := range map[string]struct {
		entry entry
		want  []string
	}{
		"stars":           {entry{name: "aclImdb/train/unsup/5_7.txt", content: "x"}, []string{"unsup/5_7.txt", "rating 7", "expected 0"}},
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
	path := testenv.Get(t, "LORABOOK_UNSUP")
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
