package bert

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/safetensors"
)

func convert(name, dir string) error {
	return Convert(context.Background(), name, dir, ResolveOptions{})
}

// TestConvert: the hub's layout with every head, bit for bit; nothing is left in the
// cache.
func TestConvert(t *testing.T) {
	cache := newCache(t)
	for name, c := range map[string]struct {
		from, architecture string
		tensors            int // beyond the 44 of encoder, pooler and masked words
	}{
		"release": {googleRelease, "BertForPreTraining", 2},
		"zip":     {zipOf(t, googleRelease, "uncased.zip", "", nil), "BertForPreTraining", 2},
		"saved":   {zipOf(t, googleSaved, "bert-uncased-A-4", "", nil), "BertForMaskedLM", 0},
		"hub's":   {tiny, "BertForSequenceClassification", 2},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			dir := filepath.Join(root, "new")
			if err := convert(c.from, dir); err != nil {
				t.Fatal(err)
			}
			for _, head := range []Head{NoHead, MaskedLM} {
				want, err := open(tiny, head)
				if err != nil {
					t.Fatal(err)
				}
				got, err := open(dir, head)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, got)
				if a := string(got.Config.raw["architectures"]); !strings.Contains(a, `"`+c.architecture+`"`) {
					t.Errorf("architecture %s, want %s", a, c.architecture)
				}
			}
			f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if n := len(f.Names()); n != 44+c.tensors {
				t.Errorf("%d tensors, want %d", n, 44+c.tensors)
			}
			want := []string{"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}
			if got := filesBelow(t, dir); !slices.Equal(got, want) {
				t.Errorf("holds %q, want %q", got, want)
			}
			if entries, _ := os.ReadDir(root); len(entries) != 1 {
				t.Errorf("left %v", entries)
			}
		})
	}
	if left := filesBelow(t, cache); len(left) > 0 {
		t.Errorf("the cache holds %q", left)
	}
}

func TestConvertFaults(t *testing.T) {
	newCache(t)
	broken := copyRelease(t, googleRelease, "uncased")
	if err := os.Truncate(filepath.Join(broken, "bert_model.ckpt.data-00000-of-00001"), 9000); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := convert(broken, filepath.Join(root, "new")); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("broken weights: %v", err)
	}
	path := zipOf(t, googleRelease, "uncased.zip", "", nil)
	for _, stop := range []int{1, 5, 20} { // in unpacking and in writing
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		err := Convert(ctx, path, filepath.Join(root, "new"), ResolveOptions{Progress: func(done, total int64) {
			if calls++; calls == stop {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at %d of %d: %v", stop, calls, err)
		}
	}
	if entries, _ := os.ReadDir(root); len(entries) > 0 {
		t.Errorf("left %v", entries)
	}
	if err := convert(googleRelease, tiny); !errors.Is(err, folder.ErrTaken) {
		t.Errorf("over a model: %v", err)
	}
}
