package data

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/pkg/data/internal/hubdata"
)

func convertedRepo(t *testing.T) map[string][]byte {
	return map[string][]byte{
		".gitattributes":                   []byte("x"),
		"default/train/0000.parquet":       packParquet(t, hubMetadata, hubRow{"Awful.", 0}, hubRow{"Good.", 1}),
		"default/train/0001.parquet":       packParquet(t, hubMetadata, hubRow{"Fine.", 1}),
		"default/test/0000.parquet":        packParquet(t, hubMetadata, hubRow{"Bad.", 0}, hubRow{"Great.", 1}),
		"default/extra/0000.parquet":       []byte("not read"),
		"other/partial-train/0000.parquet": packParquet(t, hubMetadata, hubRow{"Weak.", 0}, hubRow{"Nice.", 1}),
	}
}

func TestHubConversion(t *testing.T) {
	server := hubtest.Serve(t, "datasets/owner/name", convertedRepo(t))
	d, err := Open(context.Background(), "owner/name")
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "name" || !slices.Equal(d.Labels, []string{"neg", "pos"}) || len(d.Train) != 3 || len(d.Test) != 2 || len(d.Warnings) > 0 {
		t.Error(d, d.Warnings)
	}
	if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, `the others are ["other"]`) || !strings.Contains(notes, `the splits ["extra"]`) {
		t.Errorf("notes %q", notes)
	}
	if slices.Contains(server.Gets(), "default/extra/0000.parquet") {
		t.Error("a file that is not used was downloaded")
	}
	// The cache is enough from now on.
	t.Setenv("HF_HUB_OFFLINE", "1")
	asked := server.Requests.Load()
	again, err := Open(context.Background(), "owner/name:default")
	if err != nil || server.Requests.Load() != asked {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Train, again.Train); diff != "" {
		t.Error(diff)
	}
	paths, err := Local("owner/name")
	if err != nil || len(paths) != 1 || filepath.Base(paths[0]) != hubtest.Commit {
		t.Error(paths, err)
	}
	// A part of it that is missing is an error, never fewer examples.
	if err := os.Remove(filepath.Join(paths[0], "default", "train", "0001.parquet")); err != nil {
		t.Fatal(err)
	}
	var missing *hub.NotCachedError
	if _, err := Open(context.Background(), "owner/name"); !errors.As(err, &missing) {
		t.Error(err)
	}
}

func TestHubConversionInPart(t *testing.T) {
	hubtest.Serve(t, "datasets/owner/name", convertedRepo(t))
	d, err := Open(context.Background(), "owner/name:other")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Train) != 2 || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "only a part") {
		t.Error(d, d.Warnings)
	}
}

// TestHubUploaded reads the repository itself: for a revision, and where there is no conversion.
func TestHubUploaded(t *testing.T) {
	files := map[string][]byte{
		"README.md": []byte("about"), "notes/about.txt": []byte("x"),
		"data/train-00000-of-00001.parquet": packParquet(t, hubMetadata, hubRow{"Awful.", 0}, hubRow{"Good.", 1}),
		"data/test-00000-of-00001.parquet":  packParquet(t, hubMetadata, hubRow{"Bad.", 0}, hubRow{"Great.", 1}),
		"more/train.csv":                    []byte("text,label\na,x\nb,y\n"),
	}
	server := hubtest.Serve(t, "datasets/owner/name", files)
	server.Lacks = map[string]bool{hubdata.Conversion: true}
	_, err := Open(context.Background(), "owner/name")
	wantError(t, err, "several data sets", "data", "more")
	d, err := Open(context.Background(), "owner/name:data@v1")
	if err != nil || len(d.Train) != 2 || len(d.Test) != 2 {
		t.Fatal(d, err)
	}
	d, err = Open(context.Background(), "owner/name:more")
	if err != nil || len(d.Train) != 2 || len(d.Notes) == 0 || !strings.Contains(d.Notes[0], "no conversion") {
		t.Fatal(d, err)
	}
	_, err = Open(context.Background(), "owner/name:none")
	wantError(t, err, "no folder of the configuration", "none", "more/train.csv")
}

func TestHubDataFaults(t *testing.T) {
	several := map[string][]byte{"en/train/0000.parquet": nil, "de/train/0000.parquet": nil, "fr/dev/0000.parquet": nil}
	for name, c := range map[string]struct {
		spec string
		set  func(*testing.T, *hubtest.Server)
		want []string
	}{
		"several configurations": {"owner/name", nil, []string{`["de" "en" "fr"]`, "owner/name:de"}},
		"unknown configuration":  {"owner/name:xx", nil, []string{`no configuration "xx"`, `["de" "en" "fr"]`}},
		"no training half":       {"owner/name:fr", nil, []string{`no split "train"`, `["dev"]`}},
		"missing":                {"owner/other", nil, []string{"no such file or folder here", "check the spelling"}},
		"missing revision":       {"owner/name@v2", func(t *testing.T, s *hubtest.Server) { s.Lacks = map[string]bool{"v2": true} }, []string{"Invalid rev id: v2"}},
		"private":                {"owner/name", func(t *testing.T, s *hubtest.Server) { s.Token = "secret" }, []string{"private or gated", "HF_TOKEN"}},
		"gated":                  {"owner/name", func(t *testing.T, s *hubtest.Server) { s.Token, s.Gated = "secret", true }, []string{"is restricted", "HF_TOKEN"}},
		"no server":              {"owner/name", func(t *testing.T, s *hubtest.Server) { t.Setenv("HF_ENDPOINT", "http://127.0.0.1:1") }, []string{"cannot be reached", "hf download owner/name --repo-type dataset --revision refs/convert/parquet --local-dir data/name"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := hubtest.Serve(t, "datasets/owner/name", several)
			if c.set != nil {
				c.set(t, server)
			}
			_, err := Open(context.Background(), c.spec)
			wantError(t, err, append(c.want, c.spec)...)
		})
	}
}
