package classify_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestServiceOfBaseWithoutClasses: the config.json of lorabook-tiny names no classes; those of the
// adapter are used, and the model without an adapter cannot answer.
func TestServiceOfBaseWithoutClasses(t *testing.T) {
	m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"bad", "fair", "good"}})
	if err != nil {
		t.Fatal(err)
	}
	config := lora.Config{R: 2, Init: lora.InitRandom, BaseModel: tiny.Name}
	set, err := adapters.New(m.Store, m.DenseModules(), 1, config)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := errors.Join(set.Add("films", config, 1), set.Save(dir, "films")); err != nil {
		t.Fatal(err)
	}
	films := filepath.Join(dir, "films")
	if err := lora.WriteLabels(films, []string{"bad", "fair", "good"}, ""); err != nil {
		t.Fatal(err)
	}
	s, err := classify.NewService(t.Context(), classify.ServiceOptions{Adapters: map[string]string{"films": films}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	got, err := s.Answer(t.Context(), []classify.Request{{Text: "A film to remember.", Adapter: "films"}})
	if err != nil || !slices.Equal(got[0].Classes, []string{"bad", "fair", "good"}) || len(got[0].Answer.Probabilities) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	var base *classify.BaseError
	if _, err := s.Answer(t.Context(), []classify.Request{{Text: "A film.", Adapter: adapters.Base}}); !errors.As(err, &base) {
		t.Errorf("the model without an adapter: %v", err)
	}
}
