package classify_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/precision"
)

// counting counts the programs that an engine builds.
type counting struct {
	compute.Backend
	built atomic.Int64
}

func (c *counting) Builder(name string) compute.Builder {
	c.built.Add(1)
	return c.Backend.Builder(name)
}

// sizesSeen are the sizes of the batches of a service.
type sizesSeen struct {
	mu    sync.Mutex
	batch map[int]int // number of batches by size
}

func (s *sizesSeen) Batch(info classify.BatchInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batch[info.PaddedTokens]++
}

// TestWarmCompilesEverything: after Warm no text of any size makes the service compile a program, neither
// for a classifier of texts nor of words, alone or with others in the batch.
func TestWarmCompilesEverything(t *testing.T) {
	ctx, modelDir := t.Context(), toytest.Model(t)
	dirs := map[string]string{}
	for _, name := range []string{"mood", "same", "names"} {
		dirs[name] = every[name].save(t, modelDir, t.TempDir()+"/"+name, 1)
	}
	backend, seen := &counting{Backend: toytest.Backend(t)}, &sizesSeen{batch: map[int]int{}}
	const longest = 20
	sizes := []int{8, 24}
	s, err := classify.NewService(ctx, classify.ServiceOptions{
		// In bfloat16 the engine's buffers are wrapped: GoMLX refuses those of another engine than the
		// one that it is given, and counting leaves them as they are.
		Options: classify.Options{MaxLength: longest, Precision: precision.BFloat16},
		Model:   modelDir, Adapters: dirs, Sizes: sizes, Observer: seen, Backend: backend,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	before := backend.built.Load()
	if err := s.Warm(ctx, nil); err != nil {
		t.Fatal(err)
	}
	warm := backend.built.Load()
	if least := int64(2 * len(sizes)); warm-before < least {
		t.Fatalf("Warm built %d programs, expected at least %d: one for each size of texts and of words", warm-before, least)
	}
	for _, size := range sizes {
		text := strings.TrimSpace(strings.Repeat("a ", min(size, longest)-2))                                                                                             // and [CLS] and [SEP]
		for _, r := range []classify.Request{{Text: text, Adapter: "mood"}, {Text: text[:len(text)-4], TextPair: "b", Adapter: "same"}, {Text: text, Adapter: "names"}} { // a pair has a second [SEP]
			if _, err := s.Answer(ctx, []classify.Request{r}); err != nil {
				t.Fatal(err)
			}
			if built := backend.built.Load(); built != warm {
				t.Errorf("a request for %q with %d tokens compiled %d programs", r.Adapter, size, built-warm)
				warm = built
			}
		}
	}
	var many []classify.Request
	for _, name := range sortedNames(dirs) {
		many = append(many, asked(1, []string{name}, 20)...)
	}
	if _, err := s.Answer(ctx, many); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(ctx); err != nil { // then the observer has seen all batches
		t.Fatal(err)
	}
	for _, size := range sizes {
		if n := seen.batch[size]; n < 3 {
			t.Errorf("%d batches of %d tokens, expected one of each adapter", n, size)
		}
	}
	if built := backend.built.Load(); built != warm {
		t.Errorf("%d texts in shared batches compiled %d programs", len(many), built-warm)
	}
}
