package modelfolder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

func TestPaths(t *testing.T) {
	for name, c := range map[string]struct {
		files         []string
		config, vocab string
		hasConfig     bool
		isHub         bool
	}{
		"empty":      {nil, "config.json", "vocab.txt", false, false},
		"hub":        {[]string{"config.json", "vocab.txt", "model.safetensors"}, "config.json", "vocab.txt", true, true},
		"shards":     {[]string{"config.json", "model.safetensors.index.json"}, "config.json", "vocab.txt", true, true},
		"Google":     {[]string{"bert_config.json", "vocab.txt", "bert_model.ckpt.index"}, "bert_config.json", "vocab.txt", true, false},
		"both":       {[]string{"bert_config.json", "config.json", "assets/vocab.txt", "vocab.txt"}, "config.json", "vocab.txt", true, false},
		"SavedModel": {[]string{"assets/vocab.txt", "variables/variables.index"}, "config.json", "assets/vocab.txt", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, file := range c.files {
				path := filepath.Join(dir, filepath.FromSlash(file))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			config, ok := modelfolder.ConfigPath(dir)
			if want := filepath.Join(dir, c.config); config != want || ok != c.hasConfig {
				t.Errorf("ConfigPath gives %s, %v, want %s, %v", config, ok, want, c.hasConfig)
			}
			if got, want := modelfolder.VocabPath(dir), filepath.Join(dir, filepath.FromSlash(c.vocab)); got != want {
				t.Errorf("VocabPath gives %s, want %s", got, want)
			}
			if got := modelfolder.IsHub(dir); got != c.isHub {
				t.Errorf("IsHub gives %v, want %v", got, c.isHub)
			}
		})
	}
}
