package finetune

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// tokenizerFiles returns the JSON files of the tokenizer in a model's folder, by file and field.
func tokenizerFiles(t *testing.T, dir string) map[string]map[string]any {
	t.Helper()
	files := map[string]map[string]any{}
	for _, name := range []string{"tokenizer_config.json", "tokenizer.json"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		files[name] = fields
	}
	return files
}

// changeJSON rewrites fields of a JSON file; nil deletes one.
func changeJSON(t *testing.T, path string, fields map[string]any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	if data, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The models that Merge, Pretrain and full fine-tuning write have every field of the tokenizer's
// files of the initial model, and a model_max_length if it has none.
func TestNewModelsKeepTheTokenizer(t *testing.T) {
	ctx, engine := context.Background(), testenv.GoBackend(t)
	for name, config := range map[string]map[string]any{
		"kept": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 18.0, "clean_up_tokenization_spaces": true, "chat_template": "{{ messages }}"},
		"none": {"model_max_length": nil},
	} {
		t.Run(name, func(t *testing.T) {
			prepare := func(dir string) (want map[string]map[string]any) {
				changeJSON(t, filepath.Join(dir, "tokenizer_config.json"), config)
				changeJSON(t, filepath.Join(dir, "tokenizer.json"), map[string]any{
					"truncation": map[string]any{"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0},
				})
				want = tokenizerFiles(t, dir)
				if config["model_max_length"] == nil {
					want["tokenizer_config.json"]["model_max_length"] = 20.0 // max_position_embeddings
				}
				return want
			}
			same := func(what, dir string, want map[string]map[string]any) {
				t.Helper()
				got := tokenizerFiles(t, dir)
				for file, fields := range want {
					both := maps.Clone(fields)
					maps.Copy(both, got[file])
					for field := range both {
						if !reflect.DeepEqual(got[file][field], fields[field]) {
							t.Errorf("%s, %s: %s is %v, want %v", what, file, field, got[file][field], fields[field])
						}
					}
				}
			}
			for _, method := range []Method{HeadOnly, Full} {
				e := toyOf(t, method)
				e.Model = toytest.Model(t)
				want := prepare(e.Model)
				dir := filepath.Join(t.TempDir(), "run")
				r := openToy(t, dir, e, Options{Backend: engine})
				if _, err := r.Train(ctx); err != nil {
					t.Fatal(err)
				}
				out := filepath.Join(t.TempDir(), "merged")
				if err := classify.Merge(ctx, "", dir, out, classify.MergeOptions{}); err != nil {
					t.Fatal(err)
				}
				same(string(method), out, want)
			}
			p := aPretraining(t)
			want := prepare(p.Model)
			dir := filepath.Join(t.TempDir(), "pretrained")
			if _, err := pretrain.Run(ctx, dir, p, pretrain.Options{Backend: engine}); err != nil {
				t.Fatal(err)
			}
			same("Pretrain", filepath.Join(dir, runfolder.ModelDir), want)
		})
	}
}
