package hub_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/hub/hubtest"
)

var (
	repo  = hub.Repo{Kind: hub.Datasets, ID: "owner/reviews"}
	names = []string{"plain/train.bin", "plain/test.bin"}
)

func serve(t *testing.T) *hubtest.Server {
	return hubtest.Serve(t, "datasets/owner/reviews", map[string][]byte{
		"plain/train.bin": bytes.Repeat([]byte("train"), 100_000),
		"plain/test.bin":  []byte("test"),
		"README.md":       []byte("not asked for"),
	})
}

func TestFetchDownloadsOnceThenNeedsNoNetwork(t *testing.T) {
	server := serve(t)
	var last, total int64
	paths, err := hub.Fetch(context.Background(), repo, names, func(done, all int64) { last, total = done, all })
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		got, err := os.ReadFile(paths[i])
		if err != nil || !bytes.Equal(got, server.Files[name]) {
			t.Fatalf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if last != 500_004 || total != 500_004 {
		t.Errorf("progress ended at %d of %d, want 500004", last, total)
	}
	// The layout is huggingface_hub's, so Python finds the same files.
	ref, err := os.ReadFile(filepath.Join(os.Getenv("HF_HOME"), "hub/datasets--owner--reviews/refs/main"))
	if err != nil || string(ref) != hubtest.Commit {
		t.Errorf("refs/main holds %q, %v", ref, err)
	}
	asked := server.Requests.Load()
	t.Setenv("HF_HUB_OFFLINE", "1")
	again, err := hub.Fetch(context.Background(), repo, names, func(int64, int64) { t.Error("progress on cached files") })
	if err != nil || again[0] != paths[0] {
		t.Errorf("second time: %v, %v", again, err)
	}
	if server.Requests.Load() != asked {
		t.Error("cached files were asked for again")
	}
}

func TestFetchReadsPythonsCache(t *testing.T) {
	server := serve(t)
	dir := filepath.Join(os.Getenv("HF_HOME"), "hub/datasets--owner--reviews")
	write(t, filepath.Join(dir, "refs/main"), hubtest.Commit)
	for _, name := range names {
		write(t, filepath.Join(dir, "snapshots", hubtest.Commit, name), name)
	}
	paths, err := hub.Fetch(context.Background(), repo, names, nil)
	if err != nil || server.Requests.Load() != 0 {
		t.Fatalf("%d requests, %v", server.Requests.Load(), err)
	}
	if got, _ := os.ReadFile(paths[1]); string(got) != names[1] {
		t.Errorf("read %q", got)
	}
}

func TestFetchHubCacheWinsOverHome(t *testing.T) {
	serve(t)
	cache := t.TempDir()
	t.Setenv("HF_HUB_CACHE", cache)
	paths, err := hub.Fetch(context.Background(), repo, names, nil)
	if err != nil || !strings.HasPrefix(paths[0], cache) {
		t.Fatalf("%v, %v", paths, err)
	}
}

func TestFetchToken(t *testing.T) {
	serve(t).Token = "secret"
	if _, err := hub.Fetch(context.Background(), repo, names, nil); err == nil ||
		!strings.Contains(err.Error(), "HF_TOKEN") {
		t.Fatalf("without a token: %v", err)
	}
	t.Setenv("HF_TOKEN", "secret")
	if _, err := hub.Fetch(context.Background(), repo, names, nil); err != nil {
		t.Fatal(err)
	}
}

func TestFetchOffline(t *testing.T) {
	server := serve(t)
	t.Setenv("HF_HUB_OFFLINE", "true")
	_, err := hub.Fetch(context.Background(), repo, names, nil)
	var missing *hub.NotCachedError
	if !errors.As(err, &missing) || missing.File != names[0] || server.Requests.Load() != 0 {
		t.Fatalf("%v after %d requests", err, server.Requests.Load())
	}
}

func TestFetchRefusesWhatTheHubDidNotState(t *testing.T) {
	faults := map[string]struct {
		set  func(*hubtest.Server)
		want string
	}{
		"another content": {func(s *hubtest.Server) {
			s.Sent = map[string][]byte{names[1]: []byte("tset")}
		}, "SHA-256"},
		"a page instead of the file": {func(s *hubtest.Server) {
			s.Sent = map[string][]byte{names[1]: []byte("<html>please log in</html>")}
		}, "the hub states 4"},
		"a broken connection": {func(s *hubtest.Server) {
			s.Cut = map[string]int{names[1]: 2}
		}, "the connection ended at"},
		"a file that is not there": {func(s *hubtest.Server) {
			delete(s.Files, names[1])
		}, `no file "plain/test.bin"`},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			server := serve(t)
			fault.set(server)
			_, err := hub.Fetch(context.Background(), repo, names, nil)
			if err == nil || !strings.Contains(err.Error(), fault.want) || !strings.Contains(err.Error(), names[1]) {
				t.Fatalf("want an error with %q and the file's name: %v", fault.want, err)
			}
			noneHalfWritten(t, "test.bin", 4)
			// Once the fault is mended, the same call succeeds.
			server.Sent, server.Cut = nil, nil
			server.Files[names[1]] = []byte("test")
			if _, err := hub.Fetch(context.Background(), repo, names, nil); err != nil {
				t.Errorf("after mending: %v", err)
			}
		})
	}
}

func TestFetchStopsWithItsContext(t *testing.T) {
	serve(t).Hang = map[string]bool{names[1]: true}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := hub.Fetch(ctx, repo, names, nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
		t.Fatalf("%v after %v", err, time.Since(begin))
	}
	noneHalfWritten(t, "test.bin", 4)
}

func TestFetchRefusesNamesThatLeaveTheCache(t *testing.T) {
	server := serve(t)
	for _, id := range []string{"", "../x", "a/b/c", "a/../b", "/a/b"} {
		if _, err := hub.Fetch(context.Background(), hub.Repo{ID: id}, names, nil); err == nil {
			t.Errorf("repository %q was accepted", id)
		}
	}
	for _, name := range []string{"../x", "/x", "a//b", ""} {
		if _, err := hub.Fetch(context.Background(), repo, []string{name}, nil); err == nil {
			t.Errorf("file %q was accepted", name)
		}
	}
	if server.Requests.Load() != 0 {
		t.Error("the network was asked for a bad name")
	}
	// A poisoned reference must not lead out of the cache either.
	write(t, filepath.Join(os.Getenv("HF_HOME"), "hub/datasets--owner--reviews/refs/main"), "../../../..")
	if dir, ok := hub.Cached(repo); ok {
		t.Errorf("a reference led to %s", dir)
	}
}

// noneHalfWritten fails if the cache shows the file at all, or holds a blob of
// another size than the two that are right.
func noneHalfWritten(t *testing.T, name string, size int64) {
	t.Helper()
	err := filepath.WalkDir(os.Getenv("HF_HOME"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Name() == name {
			t.Errorf("%s is visible", path)
		}
		if filepath.Base(filepath.Dir(path)) != "blobs" || strings.HasSuffix(path, ".incomplete") {
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() != size && info.Size() != 500_000 {
			t.Errorf("%s is left over, %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
