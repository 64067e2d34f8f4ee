package finetune

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
)

// One classifier serves several goroutines, as an HTTP handler's: the answers are those of
// single calls. A call that waits for its turn ends with its context.
func TestClassifierConcurrently(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, toy(t), Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := classify.Open(ctx, "", dir, classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"a k", "b b e a", "k", "e e e k a b"}
	var want []classify.Answer
	for _, text := range texts {
		answers, err := c.Classify(ctx, []string{text})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, answers[0])
	}
	words, err := c.Words(ctx, texts[0], "good")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i, text := range texts {
				if got, err := c.Classify(ctx, []string{text}); err != nil || !reflect.DeepEqual(got[0], want[i]) {
					t.Errorf("%q: %+v, %v, expected %+v", text, got, err, want[i])
				}
			}
			if got, err := c.Words(ctx, texts[0], "good"); err != nil || !reflect.DeepEqual(got, words) {
				t.Errorf("words: %+v, %v, expected %+v", got, err, words)
			}
		})
	}
	wait.Wait()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Classify(ended, texts); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
	c.Close()
}
