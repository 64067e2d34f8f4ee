package bert

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/testenv"
)

// TestPointers: a Git LFS pointer in place of any file of a model is named as such, with
// what to do.
func TestPointers(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 435755784\n"
	put := func(t *testing.T, dir, name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(pointer), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check := func(t *testing.T, dir, name string) {
		t.Helper()
		put(t, dir, name)
		m, err := open(dir, MaskedLM)
		if m != nil || err == nil || !contains(err.Error(), name, "Git LFS pointer", "435755784", "git lfs pull") {
			t.Errorf("opened %v, error %v", m != nil, err)
		}
		if err != nil && contains(err.Error(), "download it again") {
			t.Errorf("nothing was downloaded: %v", err)
		}
	}
	for _, name := range []string{"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json", "tokenizer.json"} {
		t.Run(name, func(t *testing.T) { check(t, copyTiny(t), name) })
	}
	t.Run("model.safetensors.index.json", func(t *testing.T) {
		dir := copyTiny(t)
		if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
			t.Fatal(err)
		}
		check(t, dir, "model.safetensors.index.json")
	})
	for _, name := range []string{"bert_config.json", "bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001"} {
		t.Run(name, func(t *testing.T) { check(t, copyRelease(t, googleRelease, "cased"), name) })
	}
	t.Run("a zip", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "cased_L-2.zip")
		_, err := Resolve(t.Context(), filepath.Join(dir, "cased_L-2.zip"), ResolveOptions{})
		if pe := (*lfs.PointerError)(nil); !errors.As(err, &pe) {
			t.Errorf("got %v", err)
		}
	})
}

// TestOtherWeights: where the weights are in another format, the error says what to run.
func TestOtherWeights(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		says []string
	}{
		"PyTorch":    {"pytorch_model.bin", []string{"pytorch_model.bin", "torch.load", "save_file"}},
		"shards":     {"pytorch_model-00001-of-00002.bin", []string{"pytorch_model-00001-of-00002.bin", "save_file"}},
		"TensorFlow": {"tf_model.h5", []string{"tf_model.h5", "transformers<5", "BertForSequenceClassification", "from_tf=True"}},
		"Flax":       {"flax_model.msgpack", []string{"flax_model.msgpack", "transformers<5", "from_flax=True"}},
		"ONNX":       {"onnx/model.onnx", []string{"onnx/model.onnx", "no tool", "acme/reviews"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTiny(t)
			setField(t, dir, "_name_or_path", "acme/reviews")
			path := filepath.Join(dir, c.file)
			if err := errors.Join(os.Remove(filepath.Join(dir, "model.safetensors")), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("weights"), 0o644)); err != nil {
				t.Fatal(err)
			}
			for _, got := range []error{
				func() error { _, err := open(dir, Classification); return err }(),
				Convert(t.Context(), dir, filepath.Join(t.TempDir(), "new"), ResolveOptions{}),
			} {
				if !errors.Is(got, fs.ErrNotExist) || !contains(got.Error(), append(c.says, "model.safetensors is missing")...) {
					t.Errorf("got %v", got)
				}
			}
		})
	}
	_, err := modelFiles([]string{"config.json", "vocab.txt", "pytorch_model.bin"})
	if err == nil || !contains(err.Error(), "hf download", "save_file") {
		t.Errorf("of the hub: %v", err)
	}
}

// TestTorchCommand runs the command that the error names, on what torch saves.
func TestTorchCommand(t *testing.T) {
	python := testenv.Need(t, "LORABOOK_PYTHON")
	want, err := open(tiny, Classification)
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := copyTiny(t), t.TempDir()
	wrapper := "#!/bin/sh\nexec '" + python + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
	}
	run(python, "-c", "import torch; from safetensors.torch import load_file; t = load_file('model.safetensors'); n = sorted(t); "+
		"torch.save({k: t[k] for k in n[::2]}, 'pytorch_model-00001-of-00002.bin'); torch.save({k: t[k] for k in n[1::2]}, 'pytorch_model-00002-of-00002.bin')")
	if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	_, err = open(dir, Classification)
	if err == nil {
		t.Fatal("opened without weights")
	}
	command := regexp.MustCompile(`python3 -c ".*?"`).FindString(err.Error())
	if !strings.Contains(command, "torch.load") {
		t.Fatalf("no command in %v", err)
	}
	run("sh", "-c", command)
	got, err := open(dir, Classification)
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, got)
}

// TestTruncated: the advice is to download a file again where it was downloaded.
func TestTruncated(t *testing.T) {
	cut := func(t *testing.T, dir string) error {
		t.Helper()
		if err := os.Truncate(filepath.Join(dir, "model.safetensors"), 20000); err != nil {
			t.Fatal(err)
		}
		_, err := open(dir, Classification)
		return err
	}
	if err := cut(t, copyTiny(t)); err == nil || contains(err.Error(), "download") || !contains(err.Error(), "truncated", "copy the file again") {
		t.Errorf("in a folder: %v", err)
	}
	cache := t.TempDir()
	t.Setenv("HF_HUB_CACHE", cache)
	dir := filepath.Join(cache, "models--acme--reviews", "snapshots", strings.Repeat("0", 40))
	if err := errors.Join(os.MkdirAll(filepath.Dir(dir), 0o755), os.Rename(copyTiny(t), dir)); err != nil {
		t.Fatal(err)
	}
	if err := cut(t, dir); err == nil || !contains(err.Error(), "truncated", "delete "+filepath.Join(dir, "model.safetensors"), "downloads it again") {
		t.Errorf("in the cache: %v", err)
	}
}
