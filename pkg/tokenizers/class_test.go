package tokenizers_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// smallVocab has both cases and the marks of tokens that it lacks.
var smallVocab = strings.Fields("[PAD] [UNK] [CLS] [SEP] [MASK] a b hello Hello ##s ! [ ] mask MASK < > s pad /")

// smallFull is the tokenizer.json of smallVocab, cased.
func smallFull(change func(object)) string {
	vocab, added := object{}, []any{}
	for id, piece := range smallVocab {
		vocab[piece] = id
		if id < 5 {
			added = append(added, addedObject(piece, object{"id": id}))
		}
	}
	full := object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added,
		"normalizer":     object{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil, "lowercase": false},
		"pre_tokenizer":  object{"type": "BertPreTokenizer"},
		"post_processor": object{"type": "BertProcessing", "cls": []any{"[CLS]", 2}, "sep": []any{"[SEP]", 3}},
		"decoder":        object{"type": "WordPiece", "prefix": "##", "cleanup": true},
		"model":          object{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocab},
	}
	if change != nil {
		change(full)
	}
	return jsonText(full)
}

func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// addedObject is a special token as an object, but for what change says.
func addedObject(content string, change object) object {
	o := object{"content": content, "lstrip": false, "rstrip": false, "normalized": false, "single_word": false, "special": true}
	for name, value := range change {
		o[name] = value
	}
	return o
}

// added is a change of tokenizer.json: a token more.
func added(token object) func(object) {
	return func(full object) { full["added_tokens"] = append(full["added_tokens"].([]any), token) }
}

func smallLines(more ...string) string {
	return strings.Join(append(slices.Clone(smallVocab), more...), "\n") + "\n"
}

const (
	modelJSON = `{"model_type": "bert", "vocab_size": 64}`
	mixed     = "a [MASK]s <pad> <s> [mask]"
)

// The ids are those of transformers 5.24.0's AutoTokenizer; where LORABOOK_PYTHON is set
// they are computed again.
func TestTokenizerClassDecides(t *testing.T) {
	cased := `{"do_lower_case": false}`
	fast := `{"tokenizer_class": "PreTrainedTokenizerFast"}`
	type files = map[string]string
	const tokenizer, settings, special, extra, lines = "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt"
	cases := map[string]struct {
		files files
		text  string
		want  []int32
	}{
		"BertTokenizer lower-cases":                 {files{settings: `{"do_lower_case": true}`, lines: smallLines()}, "Hello", []int32{2, 7, 3}},
		"Fast takes the file at its word":           {files{tokenizer: smallFull(nil), settings: fast}, "Hello hello", []int32{2, 8, 7, 3}},
		"its do_lower_case counts for nothing":      {files{tokenizer: smallFull(nil), settings: `{"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": true}`}, "Hello hello", []int32{2, 8, 7, 3}},
		"the class of config.json":                  {files{"config.json": `{"model_type": "bert", "vocab_size": 64, "tokenizer_class": "PreTrainedTokenizerFast"}`, tokenizer: smallFull(nil)}, "Hello", []int32{2, 8, 3}},
		"a long word in Fast":                       {files{tokenizer: smallFull(func(o object) { o["model"].(object)["max_input_chars_per_word"] = 4 }), settings: fast}, "hello a", []int32{2, 1, 5, 3}},
		"a piece twice":                             {files{settings: cased, lines: smallLines("a")}, "a b", []int32{2, 20, 6, 3}},
		"a blank line":                              {files{settings: cased, lines: "[PAD]\n[UNK]\n[CLS]\n[SEP]\n\n[MASK]\na\n"}, "a", []int32{2, 6, 3}},
		"blank lines at the end":                    {files{settings: cased, lines: smallLines("", "")}, "a", []int32{2, 5, 3}},
		"blank lines at the end and a token more":   {files{settings: `{"do_lower_case": false, "bos_token": "<s>"}`, lines: smallLines("", "")}, "a <s>", []int32{2, 5, 21, 3}},
		"white space at a line's end":               {files{settings: cased, lines: smallLines("a ", "b\u00a0", "x\u0085", "y\t")}, "a b x y", []int32{2, 20, 21, 22, 23, 3}},
		"ids that no piece has":                     {files{settings: cased, tokenizer: smallFull(func(o object) { o["model"].(object)["vocab"].(object)["zz"] = 40 })}, "zz", []int32{2, 40, 3}},
		"a pad_token beyond the vocabulary":         {files{settings: `{"do_lower_case": false, "pad_token": "<pad>"}`, lines: smallLines()}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"the same beside tokenizer.json":            {files{settings: `{"do_lower_case": false, "pad_token": "<pad>"}`, tokenizer: smallFull(nil)}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"as add_special_tokens and save write it":   {files{settings: `{"do_lower_case": false, "pad_token": "<pad>", "tokenizer_class": "BertTokenizer"}`, tokenizer: smallFull(added(addedObject("<pad>", object{"id": 20})))}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"a bos_token and a token of another name":   {files{settings: `{"do_lower_case": false, "img_token": "mask]", "bos_token": "<s>"}`, lines: smallLines()}, mixed, []int32{2, 5, 4, 17, 15, 18, 16, 20, 11, 21, 3}},
		"special_tokens_map.json":                   {files{settings: cased, special: `{"pad_token": "<pad>"}`, lines: smallLines()}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"which wins over tokenizer_config.json":     {files{settings: `{"do_lower_case": false, "pad_token": "[PAD]"}`, special: `{"pad_token": "<pad>"}`, tokenizer: smallFull(nil)}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"additional special tokens":                 {files{settings: cased, special: `{"additional_special_tokens": ["<pad>", "<s>"]}`, tokenizer: smallFull(nil)}, mixed, []int32{2, 5, 4, 17, 20, 21, 11, 13, 12, 3}},
		"a special token found after lower-casing":  {files{settings: jsonText(object{"mask_token": addedObject("[MASK]", object{"normalized": true, "__type": "AddedToken"}), "do_lower_case": true}), lines: smallLines()}, mixed, []int32{2, 5, 4, 17, 15, 18, 16, 15, 17, 16, 4, 3}},
		"added_tokens.json":                         {files{settings: cased, extra: `{"<pad>": 20}`, lines: smallLines()}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"the same beside tokenizer.json, too":       {files{settings: fast, extra: `{"<pad>": 20}`, tokenizer: smallFull(nil)}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"added_tokens_decoder beside it":            {files{settings: jsonText(object{"do_lower_case": false, "added_tokens_decoder": object{"20": addedObject("<pad>", object{"special": false})}}), tokenizer: smallFull(nil)}, mixed, []int32{2, 5, 4, 17, 20, 15, 17, 16, 11, 13, 12, 3}},
		"added_tokens_decoder of Fast, beside more": {files{settings: jsonText(object{"tokenizer_class": "PreTrainedTokenizerFast", "added_tokens_decoder": object{"21": addedObject("<pad>", nil)}}), tokenizer: smallFull(added(addedObject("<s>", object{"id": 20})))}, mixed, []int32{2, 5, 4, 17, 21, 20, 11, 13, 12, 3}},
	}
	var dirs, texts, names []string
	for name, c := range cases {
		if _, ok := c.files["config.json"]; !ok {
			c.files["config.json"] = modelJSON
		}
		dir := folder(t, c.files)
		dirs, texts, names = append(dirs, dir), append(texts, c.text), append(names, name)
		t.Run(name, func(t *testing.T) {
			tok, err := tokenizers.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := tok.Encode(c.text, 0); !slices.Equal(got, c.want) {
				t.Errorf("%q: %v, want %v", c.text, got, c.want)
			}
		})
	}
	if python := testenv.Get(t, "LORABOOK_PYTHON"); python != "" {
		for i, a := range transformersOf(t, python, texts, dirs) {
			if a.Error != "" || !slices.Equal(a.IDs[i], cases[names[i]].want) {
				t.Errorf("%s: transformers has %+v", names[i], a)
			}
		}
	}
}

// Fields that are read and change no id, with values that files of the hub have. Those of
// transformers' own making are of its version 4 and 5.
func TestTokenizerFieldsThatChangeNoID(t *testing.T) {
	var dirs []string
	for _, class := range []string{"BertTokenizer", "PreTrainedTokenizerFast"} {
		dir := folder(t, map[string]string{"config.json": modelJSON, "tokenizer.json": smallFull(nil), "tokenizer_config.json": jsonText(object{
			"tokenizer_class": class, "do_lower_case": false, "do_basic_tokenize": true, "never_split": nil, "clean_text": true, "wordpieces_prefix": "##",
			"model_max_length": 12, "max_len": 12, "max_length": 7, "stride": 1, "truncation_strategy": "longest_first", "truncation_side": "right", "padding_side": "right",
			"pad_to_multiple_of": 8, "pad_token_type_id": 1, "model_input_names": []any{"input_ids", "attention_mask"},
			"clean_up_tokenization_spaces": true, "add_prefix_space": true, "add_bos_token": true, "add_eos_token": true,
			"chat_template": "{{ messages }}", "name_or_path": "somebody/model", "special_tokens_map_file": "/gone/special_tokens_map.json", "tokenizer_file": "/gone/tokenizer.json",
			"full_tokenizer_file": nil, "processor_class": "OwnProcessor", "backend": "tokenizers", "is_local": true, "local_files_only": false, "use_fast": false, "from_slow": true,
			"slow_tokenizer_class": "BertTokenizer", "trust_remote_code": false, "legacy": false, "errors": "replace", "model_type": "bert", "max_seq_length": 5, "vocab_size": 3,
			"pad_token_id": 3, "unk_token_id": 3, "cls_token_id": 3, "sep_token_id": 2, "mask_token_id": 0, "bos_token_id": 1, "eos_token_id": 1,
			"return_token_type_ids": false, "init_inputs": []any{}, "extra_special_tokens": object{}, "additional_special_tokens": []any{}, "split_special_tokens": false,
			"mask_token": "[MASK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]",
		})})
		dirs = append(dirs, dir)
		tok, err := tokenizers.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.Encode(mixed, 0); !slices.Equal(got, mixedIDs) {
			t.Errorf("%s: %v, want %v", class, got, mixedIDs)
		}
	}
	if python := testenv.Get(t, "LORABOOK_PYTHON"); python != "" {
		for _, a := range transformersOf(t, python, []string{mixed}, dirs) {
			if a.Error != "" || !slices.Equal(a.IDs[0], mixedIDs) {
				t.Errorf("transformers has %+v, want %v", a, mixedIDs)
			}
		}
	}
}

// mixedIDs are those of mixed without tokens beyond the vocabulary.
var mixedIDs = []int32{2, 5, 4, 17, 15, 18, 16, 15, 17, 16, 11, 13, 12, 3}

// What transformers computes in another way, or would need other code for, is refused by
// file, field, value and remedy.
func TestTokenizerRefusesWhatItDoesNotCompute(t *testing.T) {
	config := func(fields string) map[string]string {
		return map[string]string{"config.json": modelJSON, "tokenizer_config.json": fields, "vocab.txt": smallLines()}
	}
	beside := func(fields string, change func(object)) map[string]string {
		return map[string]string{"config.json": modelJSON, "tokenizer_config.json": fields, "tokenizer.json": smallFull(change)}
	}
	model := func(field string, value any) func(object) {
		return func(o object) { o["model"].(object)[field] = value }
	}
	for name, c := range map[string]struct {
		files map[string]string
		kind  error
		says  []string
	}{
		"the class of config.json": {map[string]string{"config.json": `{"model_type": "bert", "tokenizer_class": "BertJapaneseTokenizer"}`, "vocab.txt": smallLines()},
			tokenizers.ErrUnsupported, []string{"config.json: tokenizer_class", `"BertJapaneseTokenizer"`, "Use a model"}},
		"MeCab's words":       {config(`{"do_lower_case": false, "word_tokenizer_type": "mecab"}`), tokenizers.ErrUnsupported, []string{"tokenizer_config.json: word_tokenizer_type", `"mecab"`, "delete the field"}},
		"words":               {config(`{"do_lower_case": false, "do_word_tokenize": true}`), tokenizers.ErrUnsupported, []string{"do_word_tokenize", "true"}},
		"characters":          {config(`{"do_lower_case": false, "subword_tokenizer_type": "character"}`), tokenizers.ErrUnsupported, []string{"subword_tokenizer_type", `"character"`}},
		"special tokens cut":  {config(`{"do_lower_case": false, "split_special_tokens": true}`), tokenizers.ErrUnsupported, []string{"split_special_tokens", "true", "expected false"}},
		"code of its own":     {config(`{"do_lower_case": false, "auto_map": {"AutoTokenizer": ["own.Tokenizer", null]}}`), tokenizers.ErrUnsupported, []string{"auto_map", "own.Tokenizer"}},
		"a vocabulary inside": {config(`{"do_lower_case": false, "vocab": {"a": 0}}`), tokenizers.ErrUnsupported, []string{"vocab", `{"a":0}`}},
		"versions":            {config(`{"do_lower_case": false, "fast_tokenizer_files": ["tokenizer.4.0.json"]}`), tokenizers.ErrUnsupported, []string{"fast_tokenizer_files", "tokenizer.4.0.json"}},
		"padding in front":    {config(`{"do_lower_case": false, "padding_side": "left"}`), tokenizers.ErrUnsupported, []string{"padding_side", `"left"`, `"right"`}},
		"no token to mask":    {config(`{"do_lower_case": false, "mask_token": null}`), tokenizers.ErrUnsupported, []string{"mask_token", "null"}},
		"settings among the special tokens": {map[string]string{"config.json": modelJSON, "tokenizer_config.json": `{"do_lower_case": false}`, "special_tokens_map.json": `{"do_lower_case": true}`, "vocab.txt": smallLines()},
			tokenizers.ErrUnsupported, []string{"special_tokens_map.json: do_lower_case"}},
		"case": {beside(`{}`, nil), tokenizers.ErrConflict, []string{"tokenizer_config.json: do_lower_case: is missing, which means true to transformers' BertTokenizer",
			"tokenizer.json beside it says false", `{"tokenizer_class": "PreTrainedTokenizerFast"}`}},
		"case without a tokenizer_config.json": {map[string]string{"config.json": modelJSON, "tokenizer.json": smallFull(nil)}, tokenizers.ErrConflict, []string{"do_lower_case"}},
		"accents":                              {beside(`{"do_lower_case": false}`, func(o object) { o["normalizer"].(object)["strip_accents"] = true }), tokenizers.ErrConflict, []string{"strip_accents: is missing, which means false"}},
		"ideographs":                           {beside(`{"do_lower_case": false}`, func(o object) { o["normalizer"].(object)["handle_chinese_chars"] = false }), tokenizers.ErrConflict, []string{"tokenize_chinese_chars"}},
		"controls":                             {beside(`{"do_lower_case": false}`, func(o object) { o["normalizer"].(object)["clean_text"] = false }), tokenizers.ErrConflict, []string{"tokenizer.json: normalizer.clean_text", "is false", "PreTrainedTokenizerFast"}},
		"long words":                           {beside(`{"do_lower_case": false}`, model("max_input_chars_per_word", 5)), tokenizers.ErrConflict, []string{"model.max_input_chars_per_word", "is 5", "uses 100"}},
		"another prefix":                       {beside(`{"do_lower_case": false}`, model("continuing_subword_prefix", "@@")), tokenizers.ErrConflict, []string{"model.continuing_subword_prefix", `"@@"`}},
		"another UNK":                          {beside(`{"do_lower_case": false}`, model("unk_token", "!")), tokenizers.ErrConflict, []string{"unk_token", `"!"`}},
		"cut at the left":                      {beside(`{"do_lower_case": false}`, func(o object) { o["truncation"] = object{"direction": "Left"} }), tokenizers.ErrUnsupported, []string{"tokenizer.json: truncation.direction", "truncation_side"}},
		"a token that only the older file has": {beside(`{"do_lower_case": false, "added_tokens_decoder": {}}`, added(addedObject("<s>", object{"id": 20}))), tokenizers.ErrConflict, []string{"tokenizer.json: added_tokens", `"<s>"`, "added_tokens_decoder"}},
		"a mask that is not found":             {beside(`{"tokenizer_class": "PreTrainedTokenizerFast"}`, func(o object) { o["added_tokens"] = []any{} }), tokenizers.ErrUnsupported, []string{"is missing", "added_tokens", "write"}},
		"another name for PAD":                 {map[string]string{"tokenizer_config.json": `{"do_lower_case": false, "added_tokens_decoder": {}}`, "special_tokens_map.json": `{"pad_token": "<pad>"}`, "vocab.txt": smallLines()}, tokenizers.ErrConflict, []string{"special_tokens_map.json: pad_token", `"<pad>"`, `"[PAD]"`}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, c.files)
			_, err := tokenizers.Open(dir)
			if !errors.Is(err, c.kind) {
				t.Fatalf("want %v, got %v", c.kind, err)
			}
			for _, text := range append(c.says, dir) {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
		})
	}
	// The remedy that the errors name mends the folder.
	files := beside(`{"tokenizer_class": "PreTrainedTokenizerFast"}`, model("max_input_chars_per_word", 5))
	if tok, err := tokenizers.Open(folder(t, files)); err != nil || tok.Options().MaxWordRunes != 5 || tok.Options().Lowercase {
		t.Errorf("taken at its word: %v", err)
	}
}

// A tokenizer that BertTokenizer would compute in another way is saved under a class that
// does not; what has a class keeps it.
func TestSavedTokenizerNamesItsClass(t *testing.T) {
	const text = "hello a@@s [MASK]! <pad> \u0001a Hello"
	var dirs []string
	var saved []*tokenizers.Tokenizer
	for name, c := range map[string]struct {
		opts tokenizers.Options
		want string
	}{
		"BERT's":       {tokenizers.Options{Lowercase: true}, "BertTokenizer"},
		"words":        {tokenizers.Options{MaxWordRunes: 5}, "PreTrainedTokenizerFast"},
		"prefix":       {tokenizers.Options{Prefix: "@@"}, "PreTrainedTokenizerFast"},
		"controls":     {tokenizers.Options{KeepControls: true}, "PreTrainedTokenizerFast"},
		"spaces":       {tokenizers.Options{KeepSpaces: true}, "PreTrainedTokenizerFast"},
		"other tokens": {tokenizers.Options{MASK: "!", Added: []tokenizers.AddedToken{{Content: "<pad>", Special: true}}, PAD: "<pad>"}, "BertTokenizer"},
	} {
		dir := t.TempDir()
		dirs = append(dirs, dir)
		t.Run(name, func(t *testing.T) {
			tok, err := tokenizers.New(smallVocab, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			saved = append(saved, tok)
			if err := tok.Save(dir, 0); err != nil {
				t.Fatal(err)
			}
			if got := fieldsOf(t, dir, "tokenizer_config.json")["tokenizer_class"]; got != c.want {
				t.Errorf("saved as %v, want %s", got, c.want)
			}
			if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(modelJSON), 0o644); err != nil {
				t.Fatal(err)
			}
			again, err := tokenizers.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			was, is := tok.Options(), again.Options()
			was.Added, is.Added = nil, nil // in the order of the file
			if want, got := tok.Encode(text, 0), again.Encode(text, 0); !slices.Equal(got, want) || !reflect.DeepEqual(was, is) {
				t.Errorf("read back as %+v with %v, want %+v with %v", is, got, was, want)
			}
		})
	}
	if python := testenv.Get(t, "LORABOOK_PYTHON"); python != "" {
		for i, a := range transformersOf(t, python, []string{text}, dirs) {
			tok := saved[i]
			want := tok.Encode(text, 0)
			if a.Error != "" || !slices.Equal(a.IDs[0], want) || !slices.Equal(a.Rust[0], want) || a.Pad == nil || *a.Pad != tok.PAD() {
				t.Errorf("%+v: transformers has %+v, want %v", tok.Options(), a, want)
			}
		}
	}
}

// fieldsOf reads a JSON object.
func fieldsOf(t testing.TB, dir, name string) object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var fields object
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}
