package hub_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/testenv"
)

func TestFetchGoesOnWhereItBroke(t *testing.T) {
	server := serve(t)
	server.Cut, server.Cuts = map[string]int{names[0]: 300_000}, 1
	var seen []int64
	paths, err := hub.Fetch(context.Background(), repo, names[:1], func(done, _ int64) { seen = append(seen, done) })
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(paths[0]); err != nil || !bytes.Equal(got, server.Files[names[0]]) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if want := []string{names[0], names[0] + " bytes=300000-"}; !slices.Equal(server.Gets(), want) {
		t.Errorf("asked for %q, want %q", server.Gets(), want)
	}
	if !slices.IsSorted(seen) || seen[len(seen)-1] != 500_000 {
		t.Errorf("progress %v", seen)
	}
}

// A partial file of another day is gone on with; a wrong one costs a new download,
// no more.
func TestFetchGoesOnAnotherDay(t *testing.T) {
	testenv.NeedsTime(t, "it waits for a slow server")
	for name, partial := range map[string]string{
		"right":    strings.Repeat("train", 20_000),
		"wrong":    strings.Repeat("niart", 20_000),
		"too long": strings.Repeat("train", 200_000),
		"complete": strings.Repeat("train", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			server := serve(t)
			server.Cut = map[string]int{names[0]: 0}
			if _, err := hub.Fetch(context.Background(), repo, names[:1], nil); !errors.Is(err, hub.ErrInterrupted) {
				t.Fatal(err)
			}
			left, err := filepath.Glob(filepath.Join(os.Getenv("HF_HOME"), "hub/*/blobs/*.incomplete"))
			if err != nil || len(left) != 1 {
				t.Fatalf("left over: %q, %v", left, err)
			}
			write(t, left[0], partial)
			server.Cut = nil
			paths, err := hub.Fetch(context.Background(), repo, names[:1], nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(paths[0]); !bytes.Equal(got, server.Files[names[0]]) {
				t.Errorf("%d bytes, which are wrong", len(got))
			}
		})
	}
}

func TestFetchChecksGitsHash(t *testing.T) {
	server := serve(t)
	server.Git = map[string]bool{names[1]: true}
	server.Sent = map[string][]byte{names[1]: []byte("tset")}
	_, err := hub.Fetch(context.Background(), repo, names, nil)
	if !errors.Is(err, hub.ErrCorrupt) || !strings.Contains(err.Error(), "Git SHA-1") {
		t.Fatalf("swapped letters passed: %v", err)
	}
	server.Sent = nil
	paths, err := hub.Fetch(context.Background(), repo, names, nil)
	if err != nil {
		t.Fatal(err)
	}
	// "git hash-object" of the four letters "test".
	if target, err := os.Readlink(paths[1]); err != nil || filepath.Base(target) != "30d74d258442c7c65512eafab474568dd706c430" {
		t.Errorf("linked to %s, %v", target, err)
	}
}

func TestFetchSaysWhatTheServerRefuses(t *testing.T) {
	testenv.NeedsTime(t, "it waits between the attempts")
	for _, c := range []struct {
		file    string // "": the description
		status  int
		kind    error
		want    string
		retried bool
	}{
		{"", 401, hub.ErrUnauthorized, "HF_TOKEN", false},
		{"", 403, hub.ErrUnauthorized, "accept its terms", false},
		{"", 404, hub.ErrNotFound, "check the spelling", false},
		{"", 429, nil, "too many requests", true},
		{"", 503, nil, "in trouble", true},
		{names[1], 404, hub.ErrNotFound, names[1], false},
		{names[1], 502, nil, names[1], true},
	} {
		server := serve(t)
		server.Fail = map[string]int{c.file: c.status}
		before := server.Requests.Load()
		_, err := hub.Fetch(context.Background(), repo, names[1:], nil)
		var status *hub.StatusError
		if !errors.As(err, &status) || status.Status != c.status || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %d: want %v with %q, got %v", c.file, c.status, c.kind, c.want, err)
		}
		if again := server.Requests.Load()-before > 2; again != c.retried {
			t.Errorf("%q %d: asked again: %v, want %v", c.file, c.status, again, c.retried)
		}
	}
	// Trouble that passes is not reported.
	server := serve(t)
	server.Fail, server.Fails = map[string]int{names[1]: 503}, 2
	if _, err := hub.Fetch(context.Background(), repo, names[1:], nil); err != nil {
		t.Error(err)
	}
}

func TestFetchSignInPageAndNoServer(t *testing.T) {
	serve(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!DOCTYPE html><title>Sign in</title>"))
	}))
	defer page.Close()
	t.Setenv("HF_ENDPOINT", page.URL)
	if _, err := hub.Fetch(context.Background(), repo, names, nil); !errors.Is(err, hub.ErrCorrupt) || !strings.Contains(err.Error(), "an HTML page") {
		t.Errorf("a sign-in page: %v", err)
	}
	page.Close()
	if _, err := hub.Fetch(context.Background(), repo, names, nil); !errors.Is(err, hub.ErrInterrupted) || !strings.Contains(err.Error(), "HF_ENDPOINT") {
		t.Errorf("no server: %v", err)
	}
}

// The hub sends large files from another host, which must not see the token.
func TestFetchKeepsTheTokenFromOtherHosts(t *testing.T) {
	server := serve(t)
	server.Token = "secret"
	t.Setenv("HF_TOKEN", "secret")
	var seen []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(server.Files[names[1]]))
	}))
	defer elsewhere.Close()
	for name, address := range map[string]string{
		"another host": strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1),
		"another port": elsewhere.URL, // net/http takes two ports of one host for the same place
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HF_HOME", t.TempDir())
			seen = nil
			server.Elsewhere = address
			if _, err := hub.Fetch(context.Background(), repo, names[1:], nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(seen, []string{""}) {
				t.Errorf("it saw %q", seen)
			}
		})
	}
}

func TestFetchOnceForAll(t *testing.T) {
	server := serve(t)
	server.Delay = 300 * time.Millisecond
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			if _, err := hub.Fetch(context.Background(), repo, names, nil); err != nil {
				t.Error(err)
			}
		})
	}
	// Two processes more: this test's own program, see TestFetchInAnotherProcess.
	for range 2 {
		running.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestFetchInAnotherProcess$", "-test.v")
			cmd.Env = append(os.Environ(), "LORABOOK_TEST_FETCH=1")
			if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("fetched")) {
				t.Errorf("another process: %v\n%s", err, out)
			}
		})
	}
	running.Wait()
	gets := server.Gets()
	slices.Sort(gets)
	if want := []string{names[1], names[0]}; !slices.Equal(gets, want) {
		t.Errorf("downloaded %q, want each once: %q", gets, want)
	}
}

func TestFetchInAnotherProcess(t *testing.T) {
	if os.Getenv("LORABOOK_TEST_FETCH") == "" {
		t.Skip("TestFetchOnceForAll runs this in processes of its own")
	}
	paths, err := hub.Fetch(context.Background(), repo, names, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(paths[1]); err != nil || string(got) != "test" {
		t.Fatal(string(got), err)
	}
	t.Log("fetched")
}

func TestSnapshot(t *testing.T) {
	server := serve(t)
	lacks := errors.New("the test half is missing")
	choose := func(have []string) ([]string, error) {
		if !slices.Contains(have, names[1]) {
			return nil, lacks
		}
		return names[1:], nil
	}
	t.Setenv("HF_HUB_OFFLINE", "1")
	if _, err := hub.Snapshot(context.Background(), repo, choose, nil); !errors.Is(err, hub.ErrOffline) || !strings.Contains(err.Error(), "has no file of it") {
		t.Errorf("offline, nothing cached: %v", err)
	}
	t.Setenv("HF_HUB_OFFLINE", "")
	dir, err := hub.Snapshot(context.Background(), repo, choose, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := hub.FilesIn(dir); !slices.Equal(got, names[1:]) {
		t.Errorf("holds %q, want what was chosen alone", got)
	}
	asked := server.Requests.Load()
	if again, err := hub.Snapshot(context.Background(), repo, choose, nil); err != nil || again != dir || server.Requests.Load() != asked {
		t.Errorf("second time: %s, %v, %d requests", again, err, server.Requests.Load()-asked)
	}
	// A blob that was deleted behind a link is downloaded again.
	target, err := filepath.EvalSymlinks(filepath.Join(dir, names[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(target); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Snapshot(context.Background(), repo, choose, nil); err != nil || len(server.Gets()) != 2 {
		t.Errorf("after a blob was deleted: %v, downloads %q", err, server.Gets())
	}
	delete(server.Files, names[1])
	t.Setenv("HF_HOME", t.TempDir())
	if _, err := hub.Snapshot(context.Background(), repo, choose, nil); !errors.Is(err, lacks) || !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the hub lacks it: %v", err)
	}
}

// What is downloaded here, Python finds: blobs, links and refs are its own.
func TestCacheIsPythons(t *testing.T) {
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("set LORABOOK_PYTHON to a python3 that has huggingface_hub installed to run this")
	}
	server := serve(t)
	server.Git = map[string]bool{names[1]: true}
	paths, err := hub.Fetch(context.Background(), repo, names, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) string {
		cmd := exec.Command(python, append([]string{"-c", `import sys, huggingface_hub
print(huggingface_hub.hf_hub_download(sys.argv[1], sys.argv[2], repo_type="dataset", local_files_only=sys.argv[3] == "cached"))`}, args...)...)
		// An empty HF_HUB_CACHE means the working folder to Python.
		cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return v == "HF_HUB_CACHE=" })
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	for i, name := range names {
		if got := ask(repo.ID, name, "cached"); got != paths[i] {
			t.Errorf("Python finds %s, want %s", got, paths[i])
		}
	}
}
