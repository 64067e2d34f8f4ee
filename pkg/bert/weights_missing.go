package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// torchCommand converts PyTorch's files of weights in the current folder, shards included, to
// one safetensors file with all tensors.
const torchCommand = `python3 -c "import glob, torch; from safetensors.torch import save_file; t = {}; ` +
	`[t.update(torch.load(f, map_location='cpu', weights_only=True)) for f in sorted(glob.glob('pytorch_model*.bin'))]; ` +
	`save_file({k: v.clone().contiguous() for k, v in t.items()}, 'model.safetensors', {'format': 'pt'})"`

// otherWeights returns instructions for converting a model's weights to safetensors if its
// files, whose names are given, hold them in another format; "" if they hold none.
// architecture is transformers' class of the model, and original the model that it was
// exported from; both may be empty.
func otherWeights(names []string, architecture, original string) string {
	has := func(match func(base string) bool) (name string, ok bool) {
		i := slices.IndexFunc(names, func(name string) bool { return match(name[strings.LastIndexByte(name, '/')+1:]) })
		if i < 0 {
			return "", false
		}
		return names[i], true
	}
	if architecture == "" {
		architecture = "BertForPreTraining"
	}
	if name, ok := has(func(b string) bool { return strings.HasPrefix(b, "pytorch_model") && strings.HasSuffix(b, ".bin") }); ok {
		return fmt.Sprintf("%s has PyTorch's format, which can run code when it is read: run this in its folder (pip install torch safetensors): %s", name, torchCommand)
	}
	for _, old := range []struct{ suffix, library, flag string }{
		{".h5", "tensorflow tf-keras", "from_tf"}, {".msgpack", "flax", "from_flax"},
	} {
		if name, ok := has(func(b string) bool { return strings.HasSuffix(b, old.suffix) }); ok {
			return fmt.Sprintf(`%s has a format that transformers reads up to version 4: run this in its folder (pip install "transformers<5" torch %s): `+
				`python3 -c "from transformers import %s as M; M.from_pretrained('.', %s=True).save_pretrained('.')"`, name, old.library, architecture, old.flag)
		}
	}
	if name, ok := has(func(b string) bool { return strings.HasSuffix(b, ".onnx") }); ok {
		where := "the model that it was exported from"
		if original != "" {
			where += ", " + original
		}
		return fmt.Sprintf("%s is a program for inference, which no tool converts to a model: use %s, with its model.safetensors", name, where)
	}
	return ""
}

// missingWeights returns the error for a folder without weights in a supported format, with
// instructions for those in other formats.
func missingWeights(dir string) error {
	path := filepath.Join(dir, modelfolder.WeightsFile)
	var described struct {
		Architectures []string `json:"architectures"`
		From          string   `json:"_name_or_path"`
	}
	if data, err := os.ReadFile(filepath.Join(dir, modelfolder.ConfigFile)); err == nil {
		_ = json.Unmarshal(data, &described) // for the instructions only
	}
	architecture := ""
	if len(described.Architectures) == 1 {
		architecture = described.Architectures[0]
	}
	if how := otherWeights(hub.FilesIn(dir), architecture, described.From); how != "" {
		return fmt.Errorf("bert: %s is missing; %s: %w", path, how, fs.ErrNotExist)
	}
	return fmt.Errorf("bert: %s is missing: expected config.json, model.safetensors and vocab.txt in a model's folder, or bert_model.ckpt.* as Google released it: %w", path, fs.ErrNotExist)
}

// checkWeights returns an error for a folder without weights in a supported format.
func checkWeights(dir string) error {
	if modelfolder.IsHub(dir) {
		return nil
	}
	if _, err := googlebert.Find(dir); !errors.Is(err, fs.ErrNotExist) {
		return nil // reading the weights reports other errors
	}
	return missingWeights(dir)
}
