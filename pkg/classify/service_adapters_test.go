package classify_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// one answers a request.
func one(t *testing.T, s *classify.Service, r classify.Request) classify.ServiceAnswer {
	t.Helper()
	got, err := s.Answer(t.Context(), []classify.Request{r})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// TestAdaptersChangeWhileTheyServe: a call that was accepted with a version of an adapter ends with it;
// later calls have the next version; an unloaded adapter is unknown.
func TestAdaptersChangeWhileTheyServe(t *testing.T) {
	s, g, calls := gated(t, classify.ServiceOptions{})
	old := s.Adapters()[0]
	waiting := ask(t.Context(), s, mood)
	waitFor(t, s, "a text in the queue", func(n classify.ServiceStats) bool { return n.Queued == 1 })
	modelDir, _ := s.Base()
	if err := s.Load(t.Context(), "mood", every["mood"].save(t, modelDir, t.TempDir()+"/mood", 2), classify.AdapterOptions{}); err != nil {
		t.Fatal(err)
	}
	loaded := s.Adapters()[0]
	later := ask(t.Context(), s, mood)
	waitFor(t, s, "a call of each version in the queue", func(n classify.ServiceStats) bool { return n.Queued == 2 })
	if err := s.Unload("mood"); err != nil {
		t.Fatal(err)
	}
	var unknown *adapters.NameError
	if _, err := s.Answer(t.Context(), []classify.Request{mood}); !errors.As(err, &unknown) {
		t.Errorf("an unloaded adapter: %v", err)
	}
	close(g.open)
	first := (<-calls[0]).answers[0]
	type expected struct {
		call    <-chan answered
		version string
		same    bool // as the first answer
	}
	cases := map[string]expected{"accepted before": {waiting, old.Version, true}, "accepted after": {later, loaded.Version, false}}
	for i, call := range calls[1:] {
		cases[fmt.Sprintf("began before, batch %d", i+1)] = expected{call, old.Version, true}
	}
	for name, c := range cases {
		a := <-c.call
		if a.err != nil {
			t.Errorf("%s: %v", name, a.err)
			continue
		}
		if got := a.answers[0]; got.Version != c.version || (differ(got.TaskAnswer, first.TaskAnswer) == "") != c.same {
			t.Errorf("%s: version %s, expected %s; %+v", name, got.Version, c.version, got)
		}
	}
	if old.Version == loaded.Version || first.Version != old.Version {
		t.Errorf("the versions are %s and %s, and the first answer's %s", old.Version, loaded.Version, first.Version)
	}
}

// TestHundredAdapters: 100 adapters of rank 8 are in memory, and each answers as a Classifier of it
// alone.
func TestHundredAdapters(t *testing.T) {
	modelDir, root := toytest.Model(t), t.TempDir()
	kind := adapter{task: data.SingleLabel, labels: []string{"bad", "good"}, rank: 8}
	dirs := map[string]string{}
	for i := range 100 {
		name := fmt.Sprintf("a%02d", i)
		dirs[name] = kind.save(t, modelDir, filepath.Join(root, name), uint64(i+1))
	}
	s := newService(t, classify.ServiceOptions{Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}})
	rng := rand.New(rand.NewPCG(4, 4))
	requests := asked(3, sortedNames(dirs), 100)
	answers, err := s.Answer(t.Context(), requests)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range rng.Perm(100)[:10] {
		c, err := classify.Open(t.Context(), modelDir, dirs[requests[i].Adapter], classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		if diff := differ(answers[i].TaskAnswer, alone(t, c, requests[i])); diff != "" {
			t.Errorf("%s: %s", requests[i].Adapter, diff)
		}
		c.Close()
	}
	if n := s.Stats(); n.Resident != 100 || n.Evictions != 0 || n.Loads != 100 {
		t.Errorf("the counters are %+v", n)
	}
}

// TestLeastRecentlyUsed: with places for two adapters, the one that was used longest ago leaves the
// memory, and is loaded again when it is asked for, with the same answers. Its files must not have
// changed.
func TestLeastRecentlyUsed(t *testing.T) {
	modelDir, root := toytest.Model(t), t.TempDir()
	dirs := map[string]string{}
	for i, name := range []string{"mood", "stars", "topics"} {
		dirs[name] = every[name].save(t, modelDir, filepath.Join(root, name), uint64(i+1))
	}
	s := newService(t, classify.ServiceOptions{Model: modelDir, MaxAdapters: 2, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}})
	want := map[string]classify.ServiceAnswer{}
	for _, name := range sortedNames(dirs) {
		if err := s.Load(t.Context(), name, dirs[name], classify.AdapterOptions{}); err != nil {
			t.Fatal(err)
		}
		want[name] = one(t, s, classify.Request{Text: "a b c", Adapter: name})
	}
	resident := func() (names []string) {
		for _, a := range s.Adapters() {
			if a.Resident {
				names = append(names, a.Name)
			}
		}
		return names
	}
	if got := resident(); !slices.Equal(got, []string{"stars", "topics"}) {
		t.Errorf("in memory are %q", got)
	}
	for i, name := range []string{"mood", "stars", "mood", "topics", "stars"} { // evicts stars, topics, none, stars, mood
		if diff := differ(one(t, s, classify.Request{Text: "a b c", Adapter: name}).TaskAnswer, want[name].TaskAnswer); diff != "" {
			t.Errorf("call %d, %s: %s", i, name, diff)
		}
	}
	if got := resident(); !slices.Equal(got, []string{"stars", "topics"}) {
		t.Errorf("in memory are %q", got)
	}
	if n := s.Stats(); n.Evictions != 5 || n.Loads != 7 || n.Resident != 2 || n.Adapters != 3 {
		t.Errorf("the counters are %+v", n)
	}
	every["mood"].save(t, modelDir, dirs["mood"], 9)
	var changed *classify.AdapterChangedError
	if _, err := s.Answer(t.Context(), []classify.Request{{Text: "a", Adapter: "mood"}}); !errors.As(err, &changed) || changed.Name != "mood" || changed.Version == changed.Found {
		t.Errorf("an adapter whose files changed: %v", err)
	}
	for what, damage := range map[string]func() error{
		"a file that is being written": func() error { return os.Truncate(filepath.Join(dirs["mood"], "adapter_model.safetensors"), 100) },
		"a folder that is gone":        func() error { return os.RemoveAll(dirs["mood"]) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		var changed *classify.AdapterChangedError
		if _, err := s.Answer(t.Context(), []classify.Request{{Text: "a", Adapter: "mood"}}); !errors.As(err, &changed) {
			t.Errorf("%s: %v", what, err)
		}
		every["mood"].save(t, modelDir, dirs["mood"], 9)
	}
	if err := s.Load(t.Context(), "mood", dirs["mood"], classify.AdapterOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := one(t, s, classify.Request{Text: "a b c", Adapter: "mood"}); got.Version != changed.Found || differ(got.TaskAnswer, want["mood"].TaskAnswer) == "" {
		t.Errorf("the new version answers %+v", got)
	}
	if _, err := s.Answer(t.Context(), []classify.Request{{Text: "a", Adapter: "mood"}, {Text: "a", Adapter: "stars"}, {Text: "a", Adapter: "topics"}}); err == nil {
		t.Error("a call with more adapters than have places was answered")
	}
}

// TestMoreAdaptersThanMemory: a service starts with more adapters than it keeps in memory, and concurrent
// calls for all of them are answered as calls one after the other.
func TestMoreAdaptersThanMemory(t *testing.T) {
	modelDir, root := toytest.Model(t), t.TempDir()
	dirs := map[string]string{}
	for i, name := range []string{"mood", "stars", "topics"} {
		dirs[name] = every[name].save(t, modelDir, filepath.Join(root, name), uint64(i+1))
	}
	s := newService(t, classify.ServiceOptions{Model: modelDir, Adapters: dirs, MaxAdapters: 1, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}})
	if n := s.Stats(); n.Adapters != 3 || n.Resident != 1 || n.Loads != 3 || n.Evictions != 2 {
		t.Errorf("after the start the counters are %+v", n)
	}
	requests := asked(8, sortedNames(dirs), 30)
	want := serial(t, s, requests)
	var running sync.WaitGroup
	for caller := range 6 {
		running.Go(func() {
			for i := range requests {
				at := (7*i + 11*caller) % len(requests)
				got, err := s.Answer(t.Context(), requests[at:at+1])
				if err != nil {
					t.Errorf("%+v: %v", requests[at], err)
				} else if diff := differ(got[0].TaskAnswer, want[at].TaskAnswer); diff != "" || got[0].Adapter != want[at].Adapter {
					t.Errorf("%+v, adapter %s: %s", requests[at], got[0].Adapter, diff)
				}
			}
		})
	}
	running.Wait()
	if n := s.Stats(); n.Resident != 1 || n.Growths != 0 || n.Answered != 7*int64(len(requests)) {
		t.Errorf("the counters are %+v", n)
	}
}

// TestLoadRefuses: after an error nothing is changed.
func TestLoadRefuses(t *testing.T) {
	modelDir := toytest.Model(t)
	s := newService(t, classify.ServiceOptions{Model: modelDir, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}})
	good := every["mood"].save(t, modelDir, t.TempDir()+"/mood", 1)
	if err := s.Load(t.Context(), "mood", good, classify.AdapterOptions{}); err != nil {
		t.Fatal(err)
	}
	want := one(t, s, mood)
	cut := every["mood"].save(t, modelDir, t.TempDir()+"/cut", 2)
	if err := os.Truncate(filepath.Join(cut, "adapter_model.safetensors"), 100); err != nil {
		t.Fatal(err)
	}
	for folder, name := range map[string]string{cut: "mood", t.TempDir(): "mood", filepath.Join(cut, "nowhere"): "mood", good: ""} {
		if err := s.Load(t.Context(), name, folder, classify.AdapterOptions{}); err == nil {
			t.Errorf("%s was loaded as %q", folder, name)
		}
	}
	var named *adapters.NameError
	if err := s.Load(t.Context(), adapters.Base, good, classify.AdapterOptions{}); !errors.As(err, &named) {
		t.Errorf("the name of the model without an adapter: %v", err)
	}
	if err := s.Unload("other"); !errors.As(err, &named) || !slices.Equal(named.Names, []string{"mood"}) {
		t.Errorf("an unknown name: %v", err)
	}
	if got := one(t, s, mood); got.Version != want.Version || differ(got.TaskAnswer, want.TaskAnswer) != "" {
		t.Errorf("after errors the adapter answers %+v, before %+v", got, want)
	}
	if n := s.Stats(); n.Loads != 1 || n.Adapters != 1 || n.Resident != 1 {
		t.Errorf("the counters are %+v", n)
	}
}

// TestGraphGrows: an adapter of a larger rank, more classes and other modules than the graph has places
// for, and more adapters than places, are loaded, and the others answer as before: in a service that
// begins with an adapter, and in one that begins with none.
func TestGraphGrows(t *testing.T) {
	modelDir := toytest.Model(t)
	small := every["mood"].save(t, modelDir, filepath.Join(t.TempDir(), "mood"), 1)
	options := classify.ServiceOptions{Model: modelDir, Slots: 1, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}}
	t.Run("empty at first", func(t *testing.T) {
		s := newService(t, options)
		if err := s.Load(t.Context(), "mood", small, classify.AdapterOptions{}); err != nil {
			t.Fatal(err)
		}
		graphGrows(t, s, modelDir)
	})
	t.Run("with an adapter", func(t *testing.T) {
		options.Adapters = map[string]string{"mood": small}
		graphGrows(t, newService(t, options), modelDir)
	})
}

// graphGrows loads adapters for which the graph of a service with the adapter mood has no places.
func graphGrows(t *testing.T, s *classify.Service, modelDir string) {
	t.Helper()
	root := t.TempDir()
	want := one(t, s, mood)
	large := adapter{task: data.SingleLabel, labels: []string{"a", "b", "c", "d", "e", "f", "g"}, rank: 12, targets: []string{"dense"}}
	dirs := map[string]string{"large": large.save(t, modelDir, filepath.Join(root, "large"), 2)}
	for i := range 3 {
		name := fmt.Sprint("more", i)
		dirs[name] = every["topics"].save(t, modelDir, filepath.Join(root, name), uint64(i+5))
	}
	for _, name := range sortedNames(dirs) {
		if err := s.Load(t.Context(), name, dirs[name], classify.AdapterOptions{}); err != nil {
			t.Fatal(err)
		}
		c, err := classify.Open(t.Context(), modelDir, dirs[name], classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		r := classify.Request{Text: "c a b k", Adapter: name}
		if diff := differ(one(t, s, r).TaskAnswer, alone(t, c, r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		c.Close()
		if diff := differ(one(t, s, mood).TaskAnswer, want.TaskAnswer); diff != "" {
			t.Errorf("mood after %s: %s", name, diff)
		}
	}
	if n := s.Stats(); n.Growths < 2 || n.Resident != 5 {
		t.Errorf("the counters are %+v", n)
	}
}
