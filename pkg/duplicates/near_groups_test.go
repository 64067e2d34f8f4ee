package duplicates

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// textsOf reads examples in memory.
func textsOf(examples []data.Example) Texts {
	t := Texts{Count: len(examples)}
	for _, e := range examples {
		t.Bytes += int64(len(e.Text) + len(e.TextPair))
	}
	t.Each = func(_ context.Context, yield func(int, data.Example) error) error {
		for i, e := range examples {
			if err := yield(i, e); err != nil {
				return err
			}
		}
		return nil
	}
	return t
}

// TestNearGroups: of random texts from templates, single and in pairs, the groups are those that
// Find finds in all of them together, whatever the size of the filter.
func TestNearGroups(t *testing.T) {
	for seed := range 40 {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		word := func() string { return fmt.Sprintf("word%d", r.IntN(400)) }
		template := make([]string, 12)
		var examples []data.Example
		for i := range 200 {
			if i%20 == 0 {
				for j := range template {
					template[j] = word()
				}
			}
			words := slices.Clone(template)
			for range r.IntN(4) {
				words[r.IntN(len(words))] = word()
			}
			e := data.Example{ID: fmt.Sprint(i), Text: strings.Join(words[:1+r.IntN(len(words))], []string{" ", ", "}[r.IntN(2)])}
			if seed%2 == 1 {
				e.TextPair = strings.Join(words[r.IntN(len(words)):], " ")
			}
			examples = append(examples, e)
		}
		want := duplicatesOf(t, Part{Name: "train", Examples: examples}).Groups(0, Near)
		if last := slices.Max(want); last == len(want)-1 || last == 0 {
			t.Fatalf("seed %d: %d groups of %d examples", seed, last+1, len(want))
		}
		texts := textsOf(examples)
		for _, texts.Bytes = range []int64{texts.Bytes, 0} {
			if got, err := NearGroups(t.Context(), texts); err != nil || !slices.Equal(got, want) {
				t.Errorf("seed %d: %v, %v, expected %v", seed, got, err, want)
			}
		}
	}
	if got, err := NearGroups(t.Context(), textsOf(nil)); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

// TestNearGroupsFaults: texts that are not the same in each reading, and errors of the reading.
func TestNearGroupsFaults(t *testing.T) {
	texts := textsOf([]data.Example{{Text: "a"}, {Text: "b"}})
	texts.Count = 3
	if _, err := NearGroups(t.Context(), texts); err == nil || !strings.Contains(err.Error(), "2 examples were read: expected 3") {
		t.Error(err)
	}
	failed := errors.New("failed")
	texts.Each = func(context.Context, func(int, data.Example) error) error { return failed }
	if _, err := NearGroups(t.Context(), texts); err != failed {
		t.Error(err)
	}
}
