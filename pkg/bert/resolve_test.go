package bert_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/pkg/bert"
)

// serveModel serves a repository that holds more than a BERT is made of.
func serveModel(t *testing.T, name string) *hubtest.Server {
	server := hubtest.Serve(t, "models/"+name, map[string][]byte{
		"config.json": []byte("{}"), "vocab.txt": []byte("[PAD]\n"), "tokenizer_config.json": []byte("{}"), "tokenizer.json": []byte("{}"),
		"model.safetensors": bytes.Repeat([]byte("weights "), 50_000), "pytorch_model.bin": []byte("not wanted"), "README.md": []byte("not wanted"),
	})
	server.Git = map[string]bool{"config.json": true, "vocab.txt": true, "tokenizer_config.json": true, "tokenizer.json": true}
	return server
}

func resolve(name string) (string, error) {
	return bert.Resolve(context.Background(), name, bert.ResolveOptions{})
}

func TestResolveFolder(t *testing.T) {
	server := serveModel(t, "owner/model")
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.MkdirAll("owner/model", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, ".", "owner/model"} {
		if got, err := resolve(name); err != nil || got != name {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if server.Requests.Load() != 0 {
		t.Error("the hub was asked for a folder")
	}
}

func TestResolveDownloadsWhatIsNeededOnce(t *testing.T) {
	server := serveModel(t, "owner/model")
	var last, all int64
	opts := bert.ResolveOptions{Progress: func(done, total int64) { last, all = done, total }}
	dir, err := bert.Resolve(context.Background(), "owner/model", opts)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}
	if got := hub.FilesIn(dir); !slices.Equal(got, want) {
		t.Errorf("holds %q, want %q", got, want)
	}
	if last != all || all < 400_000 {
		t.Errorf("progress ended at %d of %d", last, all)
	}
	asked := server.Requests.Load()
	t.Setenv("HF_HUB_OFFLINE", "1")
	if again, err := resolve("owner/model"); err != nil || again != dir || server.Requests.Load() != asked {
		t.Errorf("second time: %s, %v, %d requests", again, err, server.Requests.Load()-asked)
	}
}

func TestResolveRevision(t *testing.T) {
	server := serveModel(t, "owner/model")
	opts := bert.ResolveOptions{Revision: hubtest.Commit}
	dir, err := bert.Resolve(context.Background(), "owner/model", opts)
	if err != nil || filepath.Base(dir) != hubtest.Commit {
		t.Fatal(dir, err)
	}
	asked := server.Requests.Load()
	if _, err := resolve("owner/model"); err != nil || server.Requests.Load() == asked {
		t.Errorf("main was taken from another revision's cache without asking: %v", err)
	}
}

func TestResolveShards(t *testing.T) {
	server := serveModel(t, "owner/model")
	delete(server.Files, "model.safetensors")
	server.Files["model.safetensors.index.json"] = []byte("{}")
	server.Files["model-00001-of-00002.safetensors"] = []byte("one")
	if _, err := resolve("owner/model"); !errors.Is(err, bert.ErrModelNotFound) || !strings.Contains(err.Error(), "1 of the files model-*.safetensors exist, expected 2") {
		t.Errorf("a shard is missing: %v", err)
	}
	server.Files["model-00002-of-00002.safetensors"] = []byte("two")
	dir, err := resolve("owner/model")
	if err != nil || len(hub.FilesIn(dir)) != 7 {
		t.Fatalf("%q, %v", hub.FilesIn(dir), err)
	}
	// The cache lost one: it is fetched again.
	if err := os.Remove(filepath.Join(dir, "model-00002-of-00002.safetensors")); err != nil {
		t.Fatal(err)
	}
	if dir, err = resolve("owner/model"); err != nil || len(hub.FilesIn(dir)) != 7 {
		t.Errorf("%q, %v", hub.FilesIn(dir), err)
	}
}

// The hub moved Google's first models under an owner; caches hold either name.
func TestResolveFirstModelsByEitherName(t *testing.T) {
	for download, ask := range map[string]string{"bert-base-cased": "google-bert/bert-base-cased", "google-bert/bert-base-cased": "bert-base-cased"} {
		serveModel(t, download)
		dir, err := resolve(download)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("HF_HUB_OFFLINE", "1")
		if got, err := resolve(ask); err != nil || got != dir {
			t.Errorf("%s was downloaded, %s: %q, %v", download, ask, got, err)
		}
	}
}

func TestResolveSaysWhatItTried(t *testing.T) {
	type server = hubtest.Server
	file := filepath.Join(t.TempDir(), "model.safetensors")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		name string
		set  func(*testing.T, *server)
		kind error
		want string
	}{
		"a path":           {"./nowhere", nil, fs.ErrNotExist, "no name on the hub"},
		"an absolute path": {"/no/where", nil, fs.ErrNotExist, "no name on the hub"},
		"a file":           {file, nil, nil, "it is a file"},
		"nothing":          {"", nil, fs.ErrNotExist, `model ""`},
		"no hub name":      {"a b", nil, nil, `"owner/name"`},
		"offline":          {"owner/model", func(t *testing.T, _ *server) { t.Setenv("HF_HUB_OFFLINE", "1") }, bert.ErrModelOffline, "HF_HUB_OFFLINE"},
		"a command":        {"bert-base-cased", func(t *testing.T, _ *server) { t.Setenv("HF_HUB_OFFLINE", "1") }, bert.ErrModelOffline, "`go run ./kernel fetch bert-base-cased models/bert-base-cased`"},
		"not there":        {"owner/other", nil, bert.ErrModelNotFound, "check the spelling"},
		"private":          {"owner/model", func(_ *testing.T, s *server) { s.Token = "secret" }, bert.ErrModelAccess, "HF_TOKEN"},
		"gated":            {"owner/model", func(_ *testing.T, s *server) { s.Fail = map[string]int{"model.safetensors": http.StatusForbidden} }, bert.ErrModelAccess, "accept its terms"},
		"a sign-in page": {"owner/model", func(_ *testing.T, s *server) {
			s.Sent = map[string][]byte{"model.safetensors": []byte("<!DOCTYPE html><p>Hello")}
		}, bert.ErrModelCorrupt, "an HTML page"},
		"cut short":         {"owner/model", func(_ *testing.T, s *server) { s.Cut = map[string]int{"model.safetensors": 9} }, bert.ErrModelInterrupted, "9 of 400000"},
		"another content":   {"owner/model", func(_ *testing.T, s *server) { s.Sent = map[string][]byte{"vocab.txt": []byte("[DAP]\n")} }, bert.ErrModelCorrupt, "vocab.txt"},
		"no weights":        {"owner/model", func(_ *testing.T, s *server) { delete(s.Files, "model.safetensors") }, bert.ErrModelNotFound, "model.safetensors"},
		"no vocabulary":     {"owner/model", func(_ *testing.T, s *server) { delete(s.Files, "vocab.txt"); delete(s.Files, "tokenizer.json") }, bert.ErrModelNotFound, "vocab.txt"},
		"no configuration":  {"owner/model", func(_ *testing.T, s *server) { delete(s.Files, "config.json") }, bert.ErrModelNotFound, "config.json"},
		"a hanging server":  {"owner/model", func(_ *testing.T, s *server) { s.Hang = map[string]bool{"model.safetensors": true} }, context.DeadlineExceeded, "the hub"},
		"a server in flame": {"owner/model", func(_ *testing.T, s *server) { s.Fail = map[string]int{"": 500} }, nil, "in trouble"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveModel(t, "owner/model")
			if c.set != nil {
				c.set(t, s)
			}
			ctx := context.Background()
			if s.Hang != nil {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 500*time.Millisecond)
				defer cancel()
			}
			dir, err := bert.Resolve(ctx, c.name, bert.ResolveOptions{})
			var re *bert.ResolveError
			if !errors.As(err, &re) || dir != "" || c.kind != nil && !errors.Is(err, c.kind) ||
				!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "the folder "+c.name) {
				t.Errorf("want %v with %q, got %v", c.kind, c.want, err)
			}
			// Nothing half-written is in sight.
			links, err := filepath.Glob(filepath.Join(os.Getenv("HF_HOME"), "hub/*/snapshots/*/*"))
			for _, link := range links {
				if content, err := os.ReadFile(link); err != nil || !bytes.Equal(content, s.Files[filepath.Base(link)]) {
					t.Errorf("%s holds %d wrong bytes, %v", link, len(content), err)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}
