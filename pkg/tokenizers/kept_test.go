package tokenizers_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// tinyWith is a copy of the tiny model with other tokenizer files; "" removes one.
func tinyWith(t testing.TB, change map[string]string) string {
	t.Helper()
	const from = "../bert/testdata/encoder/tiny"
	files := map[string]string{}
	for _, name := range []string{"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	for name, text := range change {
		if files[name] = text; text == "" {
			delete(files, name)
		}
	}
	return folder(t, files)
}

// everyField is a tokenizer_config.json with all that saved models carry along.
func everyField() object {
	return object{
		"tokenizer_class": "BertTokenizerFast", "do_lower_case": false, "strip_accents": nil, "tokenize_chinese_chars": true,
		"model_max_length": 17, "padding_side": "right", "truncation_side": "right", "clean_up_tokenization_spaces": true,
		"model_input_names": []any{"input_ids", "attention_mask"}, "chat_template": "{{ messages }}", "do_basic_tokenize": true, "never_split": nil,
		"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]",
		"mask_token":           addedObject("[MASK]", object{"__type": "AddedToken", "lstrip": true}),
		"added_tokens_decoder": object{"0": addedObject("[PAD]", nil), "4": addedObject("[MASK]", object{"lstrip": true})},
		"backend":              "tokenizers", "is_local": false, "name_or_path": "/somebody/at/home",
	}
}

// A saved or converted model carries every field of its source's tokenizer files.
func TestSavedModelsKeepTokenizerFields(t *testing.T) {
	ctx := context.Background()
	var full object
	{
		dir := t.TempDir()
		tok, err := tokenizers.Open(tinyWith(t, map[string]string{"tokenizer_config.json": `{"do_lower_case": false}`}))
		if err != nil {
			t.Fatal(err)
		}
		if err := tok.Save(dir, 0); err != nil {
			t.Fatal(err)
		}
		full = fieldsOf(t, dir, "tokenizer.json")
		full["truncation"] = object{"direction": "Right", "max_length": 12.0, "strategy": "LongestFirst", "stride": 0.0}
		full["padding"] = object{"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": nil, "pad_id": 0.0, "pad_type_id": 0.0, "pad_token": "[PAD]"}
		full["post_processor"] = object{"type": "BertProcessing", "cls": []any{"[CLS]", 2.0}, "sep": []any{"[SEP]", 3.0}}
	}
	without := func(o object, names ...string) object {
		for _, name := range names {
			delete(o, name)
		}
		return o
	}
	type files = map[string]string
	var dirs []string
	var lengths []int64
	parent := t // whose folders outlive a subtest's
	for name, c := range map[string]struct {
		source  files
		changed object // fields that are not those of the source; nil: not there
	}{
		"vocab.txt alone":  {files{"tokenizer_config.json": jsonText(everyField())}, object{"name_or_path": nil}},
		"both":             {files{"tokenizer_config.json": jsonText(everyField()), "tokenizer.json": jsonText(full)}, object{"name_or_path": nil}},
		"no length":        {files{"tokenizer_config.json": jsonText(without(everyField(), "model_max_length", "name_or_path"))}, object{"model_max_length": 20.0}},
		"no known length":  {files{"tokenizer_config.json": `{"do_lower_case": false, "model_max_length": 1000000000000000019884624838656}`}, object{"model_max_length": 20.0}},
		"an older length":  {files{"tokenizer_config.json": `{"do_lower_case": false, "max_len": 16}`}, object{}},
		"special tokens":   {files{"tokenizer_config.json": `{"do_lower_case": false, "cls_token": "[SEP]"}`, "special_tokens_map.json": `{"cls_token": "[CLS]", "additional_special_tokens": ["a"]}`}, object{"cls_token": "[CLS]", "additional_special_tokens": []any{"a"}, "model_max_length": 20.0}},
		"the class beside": {files{"tokenizer_config.json": `{}`, "tokenizer.json": jsonText(full), "config.json": ""}, object{"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 20.0}},
	} {
		t.Run(name, func(t *testing.T) {
			source := tinyWith(t, c.source)
			if _, ok := c.source["config.json"]; ok { // the class stands in config.json
				config := fieldsOf(t, "../bert/testdata/encoder/tiny", "config.json")
				config["tokenizer_class"] = c.changed["tokenizer_class"]
				if err := os.WriteFile(filepath.Join(source, "config.json"), []byte(jsonText(config)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			m, err := bert.Open(ctx, source, bert.Options{Head: bert.MaskedLM})
			if err != nil {
				t.Fatal(err)
			}
			saved, converted := filepath.Join(parent.TempDir(), "saved"), filepath.Join(t.TempDir(), "converted")
			if err := m.Save(saved); err != nil {
				t.Fatal(err)
			}
			if err := bert.Convert(ctx, source, converted, bert.ResolveOptions{}); err != nil {
				t.Fatal(err)
			}
			again := filepath.Join(t.TempDir(), "again")
			if err := bert.Convert(ctx, saved, again, bert.ResolveOptions{}); err != nil {
				t.Fatal(err)
			}
			dirs, lengths = append(dirs, saved), append(lengths, longestOf(t, saved))
			for _, dir := range []string{saved, converted, again} {
				want, got := fieldsOf(t, source, "tokenizer_config.json"), fieldsOf(t, dir, "tokenizer_config.json")
				for field, value := range c.changed {
					if want[field] = value; value == nil {
						delete(want, field)
						if got[field] != nil {
							t.Errorf("%s: %v was saved", field, got[field])
						}
					}
				}
				for field, value := range want {
					if !reflect.DeepEqual(got[field], value) {
						t.Errorf("tokenizer_config.json: %s is %v, want %v", field, got[field], value)
					}
				}
				if c.source["tokenizer.json"] != "" {
					want, got := fieldsOf(t, source, "tokenizer.json"), fieldsOf(t, dir, "tokenizer.json")
					if name == "both" { // tokenizer_config.json's added_tokens_decoder goes before
						delete(want, "added_tokens")
						delete(got, "added_tokens")
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("tokenizer.json is %v, want %v", got, want)
					}
				}
				was, err := os.ReadFile(filepath.Join(source, "vocab.txt"))
				if err != nil {
					t.Fatal(err)
				}
				if is, err := os.ReadFile(filepath.Join(dir, "vocab.txt")); err != nil || string(is) != string(was) {
					t.Errorf("vocab.txt: %v, or other pieces", err)
				}
			}
		})
	}
	if python := testenv.Get(t, "LORABOOK_PYTHON"); python != "" {
		for i, a := range transformersOf(t, python, []string{"a b c"}, dirs) {
			if a.Error != "" || a.Longest != lengths[i] {
				t.Errorf("transformers cuts texts after %d tokens, want %d: %s", a.Longest, lengths[i], a.Error)
			}
		}
	}
}

// longestOf is the length after which a folder's files let texts be cut.
func longestOf(t testing.TB, dir string) int64 {
	t.Helper()
	fields := fieldsOf(t, dir, "tokenizer_config.json")
	for _, name := range []string{"model_max_length", "max_len"} {
		if length, ok := fields[name].(float64); ok {
			return int64(length)
		}
	}
	t.Errorf("%s states no length", dir)
	return 0
}
