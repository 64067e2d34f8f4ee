package bert_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

func TestFiles(t *testing.T) {
	const config, weights, tokenizer = bert.ConfigFiles, bert.WeightFiles, bert.TokenizerFiles
	for name, want := range map[string]map[string]bert.FileKind{
		"hub": {"config.json": config, "vocab.txt": tokenizer, "tokenizer.json": tokenizer, "tokenizer_config.json": tokenizer,
			"special_tokens_map.json": tokenizer, "added_tokens.json": tokenizer, "model.safetensors": weights},
		"sharded": {"config.json": config, "vocab.txt": tokenizer, "model.safetensors.index.json": weights,
			"model-00001-of-00002.safetensors": weights, "model-00002-of-00002.safetensors": weights},
		"google": {"bert_config.json": config, "vocab.txt": tokenizer,
			"bert_model.ckpt.index": weights, "bert_model.ckpt.data-00000-of-00001": weights},
		"SavedModel": {"assets/vocab.txt": tokenizer, "variables/variables.index": weights, "variables/variables.data-00000-of-00001": weights},
	} {
		dir := t.TempDir()
		others := []string{"README.md", "pytorch_model.bin", "onnx/model.onnx", "optimizer.pt"}
		if name == "hub" {
			others = append(others, "bert_model.ckpt.index", "other.safetensors")
		}
		for file := range maps.Keys(want) {
			others = append(others, file)
		}
		for _, file := range others {
			path := filepath.Join(dir, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, bert.Files(dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestLocal: a model is found where Resolve would find it, but never downloaded.
func TestLocal(t *testing.T) {
	server := serveModel(t, "owner/model")
	if dir, err := bert.Local("owner/model", bert.ResolveOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found in %q, %v", dir, err)
	}
	if server.Requests.Load() != 0 {
		t.Error("the hub was asked")
	}
	want, err := resolve("owner/model")
	if err != nil {
		t.Fatal(err)
	}
	if dir, err := bert.Local("owner/model", bert.ResolveOptions{}); err != nil || dir != want {
		t.Errorf("found in %q, %v, expected %q", dir, err, want)
	}
	here := t.TempDir()
	if dir, err := bert.Local(here, bert.ResolveOptions{}); err != nil || dir != here {
		t.Errorf("found in %q, %v", dir, err)
	}
	if dir, err := bert.Local(tiny.Name, bert.ResolveOptions{}); err != nil || len(bert.Files(dir)) < 3 {
		t.Errorf("%s in %q, %v", tiny.Name, dir, err)
	}
	if dir, err := bert.Local("/nowhere/at/all", bert.ResolveOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found in %q, %v", dir, err)
	}
}
