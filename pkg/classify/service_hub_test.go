package classify_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// hubFiles returns the files of a folder as those of a repository, with files that belong to no adapter.
func hubFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{".gitattributes": []byte("x"), "README.md": []byte("not wanted"), "optimizer.pt": []byte("not wanted")}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if files[entry.Name()], err = os.ReadFile(filepath.Join(dir, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// serveAdapter serves an adapter as the repository owner/films.
func serveAdapter(t *testing.T, dir string) *hubtest.Server {
	t.Helper()
	s := hubtest.Serve(t, "models/owner/films", hubFiles(t, dir))
	s.Git = map[string]bool{"adapter_config.json": true, "labels.json": true, "encoding.json": true}
	return s
}

// TestServiceFromHub: an adapter is downloaded by its name and revision with all files that decide its
// answers and no others, once; it answers as from its folder, with the same version, and a Classifier
// opens it too.
func TestServiceFromHub(t *testing.T) {
	modelDir := toytest.Model(t)
	dir := every["kind"].save(t, modelDir, filepath.Join(t.TempDir(), "kind"), 1) // with encoding.json
	server := serveAdapter(t, dir)
	o := classify.ServiceOptions{Model: modelDir, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}, Adapters: map[string]string{"kind": dir}}
	local := newService(t, o)
	o.Adapters = map[string]string{"kind": "owner/films@v1"}
	s := newService(t, o)
	r := classify.Request{Text: "a b c d e f g h i j k l", Adapter: "kind"}
	want := one(t, local, r)
	if got := one(t, s, r); got.Version != want.Version || differ(got.TaskAnswer, want.TaskAnswer) != "" {
		t.Errorf("%+v, expected %+v", got, want)
	}
	wanted := []string{"adapter_config.json", "adapter_model.safetensors", "encoding.json", "labels.json"}
	if got := slices.Sorted(slices.Values(server.Gets())); !slices.Equal(got, wanted) {
		t.Errorf("downloaded %q, expected %q", got, wanted)
	}
	info := s.Adapters()[0]
	if info.Folder != "owner/films@v1" || info.Repository != "owner/films" || info.Commit != hubtest.Commit {
		t.Errorf("%+v", info)
	}
	if info := local.Adapters()[0]; info.Repository != "" || info.Commit != "" {
		t.Errorf("of a folder: %+v", info)
	}
	// The cache is enough from now on, for a service and for a classifier.
	t.Setenv("HF_HUB_OFFLINE", "1")
	asked := server.Requests.Load()
	for _, name := range []string{"owner/films@v1", "owner/films@" + hubtest.Commit} {
		if err := s.Load(t.Context(), "again", name, classify.AdapterOptions{}); err != nil {
			t.Fatal(err)
		}
		c, err := classify.Open(t.Context(), modelDir, name, classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		if diff := differ(alone(t, c, r), want.TaskAnswer); diff != "" {
			t.Error(diff)
		}
		c.Close()
	}
	if n := server.Requests.Load(); n != asked {
		t.Errorf("%d requests for cached files", n-asked)
	}
	// A folder of that name has precedence.
	t.Chdir(t.TempDir())
	every["mood"].save(t, modelDir, filepath.Join("owner", "films"), 2)
	if err := s.Load(t.Context(), "folder", "owner/films", classify.AdapterOptions{}); err != nil || s.Adapters()[1].Repository != "" {
		t.Errorf("%+v, %v", s.Adapters(), err)
	}
}

// TestHubAdapterOfAnotherProgram: without a connection, files that another program downloaded are used
// if they are all files of the repository, and otherwise refused, since encoding.json and others may be
// missing.
func TestHubAdapterOfAnotherProgram(t *testing.T) {
	modelDir := toytest.Model(t)
	s := newService(t, classify.ServiceOptions{Model: modelDir, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}})
	server := serveAdapter(t, every["mood"].save(t, modelDir, filepath.Join(t.TempDir(), "mood"), 1))
	parts := []string{"adapter_config.json", "adapter_model.safetensors"} // as PEFT
	for _, whole := range []bool{false, true} {
		t.Setenv("HF_HUB_OFFLINE", "")
		if whole {
			parts = slices.Sorted(maps.Keys(server.Files))
		}
		if _, err := hub.Fetch(t.Context(), hub.Repo{ID: "owner/films"}, parts, nil); err != nil {
			t.Fatal(err)
		}
		t.Setenv("HF_HUB_OFFLINE", "1")
		err := s.Load(t.Context(), "films", "owner/films", classify.AdapterOptions{})
		switch {
		case whole && err != nil:
			t.Error(err)
		case !whole && (!errors.Is(err, hub.ErrOffline) || !strings.Contains(err.Error(), "no list of its files")):
			t.Errorf("two files: %v", err)
		}
	}
}

// TestHubAdapterRefuses: adapters on the hub that cannot be served, each with what to do. Nothing is
// loaded.
func TestHubAdapterRefuses(t *testing.T) {
	type server = hubtest.Server
	modelDir := toytest.Model(t)
	moods := every["mood"]
	moods.base = "owner/another"
	other := moods.save(t, modelDir, filepath.Join(t.TempDir(), "other"), 1)
	dir := every["mood"].save(t, modelDir, filepath.Join(t.TempDir(), "mood"), 1)
	// A base with a name on the hub, such as that of lorabook-tiny, can be compared.
	s, err := classify.NewService(t.Context(), classify.ServiceOptions{Model: tiny.Name, Backend: toytest.Backend(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	for name, c := range map[string]struct {
		name string
		set  func(*testing.T, *server)
		kind error
		want string
	}{
		"no such folder, no name on the hub": {"nowhere", nil, os.ErrNotExist, "expected a run folder, the folder of an adapter, or the name of an adapter on the hub"},
		"an empty revision":                  {"owner/films@", nil, os.ErrNotExist, "owner/name@revision"},
		"another repository":                 {"owner/flims", nil, hub.ErrNotFound, `"owner/flims": there is no such folder here, and as an adapter on the hub: `},
		"an unknown revision": {"owner/films@v9", func(_ *testing.T, s *server) { s.Lacks = map[string]bool{"v9": true} }, hub.ErrNotFound,
			`owner/films has no revision "v9", expected one of its branches, tags or commits`},
		"a pickle": {"owner/films", func(_ *testing.T, s *server) {
			s.Files["adapter_model.bin"] = s.Files["adapter_model.safetensors"]
			delete(s.Files, "adapter_model.safetensors")
		}, nil, "adapter_model.bin, a Python pickle, expected adapter_model.safetensors: in PEFT, open the adapter and save it again"},
		"no weights": {"owner/films", func(_ *testing.T, s *server) { delete(s.Files, "adapter_model.safetensors") }, nil, "has no adapter_model.safetensors"},
		"no adapter": {"owner/films", func(_ *testing.T, s *server) { delete(s.Files, "adapter_config.json") }, nil, "it is no adapter of PEFT"},
		"a complete model": {"owner/films", func(_ *testing.T, s *server) {
			delete(s.Files, "adapter_config.json")
			s.Files["config.json"] = []byte("{}")
		}, nil, "it is a complete model and no adapter"},
		"adapters in folders": {"owner/films", func(_ *testing.T, s *server) {
			s.Files["en/adapter_config.json"], s.Files["de/adapter_config.json"] = s.Files["adapter_config.json"], s.Files["adapter_config.json"]
			delete(s.Files, "adapter_config.json")
		}, nil, `adapters in the folders ["de" "en"]`},
		"gated":        {"owner/films", func(_ *testing.T, s *server) { s.Token, s.Gated = "secret", true }, hub.ErrUnauthorized, "set HF_TOKEN"},
		"offline":      {"owner/films@v1", func(t *testing.T, _ *server) { t.Setenv("HF_HUB_OFFLINE", "1") }, hub.ErrOffline, "`hf download owner/films --revision v1 --local-dir adapters/films`"},
		"damaged":      {"owner/films", func(_ *testing.T, s *server) { s.Sent = map[string][]byte{"labels.json": []byte(`{"labels": ["x"]}`)} }, hub.ErrCorrupt, "labels.json"},
		"another base": {"owner/films", func(t *testing.T, s *server) { s.Files = hubFiles(t, other) }, nil, "names the model owner/another, and the service's is lorabook-tiny"},
		"another size": {"owner/films", nil, nil, "lora"},
	} {
		t.Run(name, func(t *testing.T) {
			server := serveAdapter(t, dir)
			if c.set != nil {
				c.set(t, server)
			}
			err := s.Load(t.Context(), "films", c.name, classify.AdapterOptions{})
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `adapter "films"`) {
				t.Errorf("expected %v with %q, got %v", c.kind, c.want, err)
			}
			if len(s.Adapters()) > 0 {
				t.Errorf("loaded: %+v", s.Adapters())
			}
		})
	}
}

// TestAdapterWithoutClassNames: classes that neither the adapter nor the base names are not invented; the
// options name them.
func TestAdapterWithoutClassNames(t *testing.T) {
	kind := adapter{task: data.SingleLabel, labels: []string{"bad", "fair", "good"}, rank: 2, record: encoding.Record{}}
	films := kind.save(t, tiny.Name, filepath.Join(t.TempDir(), "films"), 1)
	if err := os.Remove(filepath.Join(films, "labels.json")); err != nil { // as PEFT saves it
		t.Fatal(err)
	}
	o := classify.ServiceOptions{Model: tiny.Name, Adapters: map[string]string{"films": films}, Backend: toytest.Backend(t)}
	if _, err := classify.NewService(t.Context(), o); err == nil || !strings.Contains(err.Error(), "the classifier's 3 rows, in AdapterOptions.Labels or with --labels films=NAME,NAME") {
		t.Errorf("without names: %v", err)
	}
	for want, options := range map[string]map[string]classify.AdapterOptions{
		`AdapterOptions has "flims", expected one of the Adapters, ["films"]`: {"flims": {}},
		`Threshold is 2`: {"films": {Threshold: 2}},
		"3 classes":      {"films": {Labels: []string{"bad", "good"}}},
	} {
		o.AdapterOptions = options
		if _, err := classify.NewService(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, expected %q", options, err, want)
		}
	}
	o.AdapterOptions = map[string]classify.AdapterOptions{"films": {Labels: kind.labels}}
	s := newService(t, o)
	if got := one(t, s, classify.Request{Text: "A film.", Adapter: "films"}); !slices.Equal(got.Classes, kind.labels) {
		t.Errorf("%+v", got)
	}
}
