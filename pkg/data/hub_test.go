package data

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

func serveIMDB(t *testing.T, metadata string) *hubtest.Server {
	return hubtest.Serve(t, "datasets/stanfordnlp/imdb", map[string][]byte{
		"README.md": []byte("about"),
		"plain_text/train-00000-of-00001.parquet":        packParquet(t, metadata, hubRow{"Awful.<br />", 0}, hubRow{"Weak.", 0}, hubRow{"Great &amp; good.", 1}),
		"plain_text/test-00000-of-00001.parquet":         packParquet(t, metadata, hubRow{"Bad.", 0}, hubRow{"Good.", 1}),
		"plain_text/unsupervised-00000-of-00001.parquet": packParquet(t, metadata, hubRow{"Who knows.", -1}),
	})
}

func TestHub(t *testing.T) {
	want := &Dataset{
		Name:   "imdb",
		Labels: []string{"neg", "pos"},
		Train:  []Example{{ID: "train/1", Text: "Awful."}, {ID: "train/2", Text: "Weak."}, {ID: "train/3", Text: "Great & good.", Label: 1}},
		Test:   []Example{{ID: "test/1", Text: "Bad."}, {ID: "test/2", Text: "Good.", Label: 1}},
	}
	for _, metadata := range []string{hubMetadata, ""} {
		server := serveIMDB(t, metadata)
		server.Token = "secret"
		t.Setenv("HF_TOKEN", "secret")
		var done, total int64
		got, err := Opener{Progress: func(d, n int64) { done, total = d, n }}.Open(context.Background(), "imdb")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if done == 0 || done != total {
			t.Errorf("progress ended at %d of %d", done, total)
		}
		// What the cache holds needs no network any more, and lies in HF_HOME.
		t.Setenv("HF_HUB_OFFLINE", "1")
		t.Setenv("HF_TOKEN", "")
		asked := server.Requests.Load()
		if got, err = Open(context.Background(), "stanfordnlp/imdb"); err != nil || server.Requests.Load() != asked {
			t.Errorf("offline: %d requests more, %v", server.Requests.Load()-asked, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		snapshot := filepath.Join(os.Getenv("HF_HOME"), "hub/datasets--stanfordnlp--imdb/snapshots", hubtest.Commit, "plain_text")
		if files, err := os.ReadDir(snapshot); err != nil || len(files) != 2 {
			t.Errorf("%v, %v", files, err)
		}
	}
}

func TestHubUnlabelled(t *testing.T) {
	serveIMDB(t, hubMetadata)
	got, err := Opener{Unlabelled: true}.Open(context.Background(), "imdb")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Example{{ID: "unsupervised/1", Text: "Who knows.", Label: -1}}, got.Unlabelled); diff != "" {
		t.Error(diff)
	}
	if len(got.Train) != 3 || len(got.Test) != 2 {
		t.Error(got)
	}
}

func TestHubFaults(t *testing.T) {
	t.Run("offline", func(t *testing.T) {
		serveIMDB(t, hubMetadata)
		t.Setenv("HF_HUB_OFFLINE", "1")
		_, err := Open(context.Background(), "imdb")
		var missing *hub.NotCachedError
		if !errors.As(err, &missing) {
			t.Fatal(err)
		}
		wantError(t, err, "stanfordnlp/imdb", "HF_HUB_OFFLINE", os.Getenv("HF_HOME"), "`go run ./kernel fetch imdb data/imdb`")
	})
	t.Run("other classes", func(t *testing.T) {
		serveIMDB(t, `{"info": {"features": {"label": {"names": ["pos", "neg"]}}}}`)
		_, err := Open(context.Background(), "imdb")
		wantError(t, err, "train-00000-of-00001.parquet", `["pos" "neg"]`, `expected ["neg" "pos"]`)
	})
	t.Run("a changed file", func(t *testing.T) {
		server := serveIMDB(t, hubMetadata)
		server.Sent = map[string][]byte{imdbFiles[halves.Test]: []byte("<html>please log in</html>")}
		_, err := Open(context.Background(), "imdb")
		wantError(t, err, imdbFiles[halves.Test], "bytes")
	})
	t.Run("no server", func(t *testing.T) {
		serveIMDB(t, hubMetadata)
		t.Setenv("HF_ENDPOINT", "http://127.0.0.1:1")
		_, err := Open(context.Background(), "imdb")
		wantError(t, err, "stanfordnlp/imdb", "HF_ENDPOINT")
	})
	t.Run("cancelled", func(t *testing.T) {
		serveIMDB(t, hubMetadata)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Open(ctx, "imdb"); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
}
