package tokenizers_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// folder writes a model folder's files.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// saved returns the three files of a tokenizer.
func saved(t testing.TB, name string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := variant(t, name).Save(dir, 0); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range []string{"vocab.txt", "tokenizer_config.json", "tokenizer.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

// edit changes one value of a JSON text by its path ("model", "type"); nil deletes it.
func edit(t testing.TB, text string, value any, at ...string) string {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	node := root
	for _, key := range at[:len(at)-1] {
		node = node[key].(map[string]any)
	}
	if last := at[len(at)-1]; value == nil {
		delete(node, last)
	} else {
		node[last] = value
	}
	out, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestOpenReadsEitherForm(t *testing.T) {
	const text = "Hello, CAFÉ [MASK] of \x01the 中国!"
	for _, name := range []string{"mini-cased", "mini-uncased", "mini-uncased-accents", "mini-chinese-words"} {
		tok, files := variant(t, name), saved(t, name)
		want := tok.Encode(text, 0)
		for form, keep := range map[string][]string{
			"all files": {"vocab.txt", "tokenizer_config.json", "tokenizer.json"}, "tokenizer.json": {"tokenizer.json"},
			"vocab.txt": {"vocab.txt", "tokenizer_config.json"}, "no config": {"vocab.txt", "tokenizer.json"},
		} {
			some := map[string]string{}
			for _, file := range keep {
				some[file] = files[file]
			}
			got, err := tokenizers.Open(folder(t, some))
			if err != nil {
				t.Fatalf("%s, %s: %v", name, form, err)
			}
			if !slices.Equal(got.Encode(text, 0), want) {
				t.Errorf("%s, %s: %q, want %q", name, form, got.Tokens(got.Encode(text, 0)), got.Tokens(want))
			}
			if !reflect.DeepEqual(got.Options().Added, tok.Options().Added) {
				t.Errorf("%s, %s: added tokens %v", name, form, got.Options().Added)
			}
		}
	}
}

func TestOpenKeepsAddedTokens(t *testing.T) {
	files := saved(t, "mini-added")
	want := variant(t, "mini-added")
	got, err := tokenizers.Open(folder(t, map[string]string{"tokenizer.json": files["tokenizer.json"]}))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Options(), want.Options()) || got.VocabSize() != want.VocabSize() {
		t.Errorf("read back as %+v, want %+v", got.Options(), want.Options())
	}
	// The older form lists them by id.
	config := edit(t, files["tokenizer_config.json"], map[string]any{
		"0": map[string]any{"content": "[PAD]", "special": true}, "303": map[string]any{"content": "<b>"}, "302": map[string]any{"content": "<a>", "lstrip": true},
	}, "added_tokens_decoder")
	n := len(miniVocab(t))
	config = strings.NewReplacer(`"302"`, `"`+itoa(n)+`"`, `"303"`, `"`+itoa(n+1)+`"`).Replace(config)
	got, err = tokenizers.Open(folder(t, map[string]string{"vocab.txt": files["vocab.txt"], "tokenizer_config.json": config}))
	if err != nil {
		t.Fatal(err)
	}
	if tokens := got.Tokens(got.Encode("a <a><b>", 0)); !slices.Equal(tokens, []string{"[CLS]", "a", "<a>", "<b>", "[SEP]"}) {
		t.Errorf("%q", tokens)
	}
}

func itoa(n int) string { text, _ := json.Marshal(n); return string(text) }

func TestOpenWithoutConfig(t *testing.T) {
	vocab := strings.Join(miniVocab(t), "\n")
	// Capital letters in the vocabulary: the case is not guessed.
	_, err := tokenizers.Open(folder(t, map[string]string{"vocab.txt": vocab}))
	if !errors.Is(err, tokenizers.ErrConflict) || !strings.Contains(err.Error(), "do_lower_case") {
		t.Errorf("a cased vocabulary without a config: %v", err)
	}
	tok, err := tokenizers.Open(folder(t, map[string]string{"vocab.txt": "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nhello\r\n"}))
	if err != nil || !tok.Options().Lowercase || tok.VocabSize() != 6 {
		t.Errorf("an uncased vocabulary without a config, lines ending in CR LF: %v", err)
	}
	_, err = tokenizers.Open(t.TempDir())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "vocab.txt") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	good := saved(t, "mini-cased")
	full, config, vocab := good["tokenizer.json"], good["tokenizer_config.json"], good["vocab.txt"]
	only := func(text string) map[string]string { return map[string]string{"tokenizer.json": text} }
	change := func(value any, at ...string) map[string]string { return only(edit(t, full, value, at...)) }
	configured := func(value any, field string) map[string]string {
		return map[string]string{"vocab.txt": vocab, "tokenizer_config.json": edit(t, config, value, field)}
	}
	beside := func(value any, field string) map[string]string {
		files := configured(value, field)
		files["tokenizer.json"] = full
		return files
	}
	type object = map[string]any
	for name, c := range map[string]struct {
		files map[string]string
		kind  error
		want  string
	}{
		"BPE":                          {change("BPE", "model", "type"), tokenizers.ErrUnsupported, "model.type"},
		"Unigram's list":               {change([]any{}, "model", "vocab"), tokenizers.ErrVocabulary, "model.vocab"},
		"a field of tomorrow":          {change(true, "tomorrow"), tokenizers.ErrUnsupported, "tomorrow: is true"},
		"another version":              {change("2.0", "version"), tokenizers.ErrUnsupported, "version: is 2.0"},
		"no model":                     {change(nil, "model"), tokenizers.ErrUnsupported, "model"},
		"NFC":                          {change(object{"type": "NFC"}, "normalizer"), tokenizers.ErrUnsupported, "normalizer.type: is NFC"},
		"no normalizer":                {change(nil, "normalizer"), tokenizers.ErrUnsupported, "normalizer"},
		"half a normalizer":            {change(nil, "normalizer", "lowercase"), tokenizers.ErrUnsupported, "lowercase"},
		"ByteLevel":                    {change("ByteLevel", "pre_tokenizer", "type"), tokenizers.ErrUnsupported, "pre_tokenizer.type"},
		"no frame":                     {change(nil, "post_processor"), tokenizers.ErrUnsupported, "post_processor"},
		"RoBERTa's frame":              {change("RobertaProcessing", "post_processor", "type"), tokenizers.ErrUnsupported, "post_processor.type"},
		"another template":             {change([]any{object{"Sequence": object{"id": "A"}}}, "post_processor", "single"), tokenizers.ErrUnsupported, "$A:0"},
		"another pair":                 {change([]any{}, "post_processor", "pair"), tokenizers.ErrUnsupported, "post_processor.pair"},
		"another decoder":              {change("ByteLevel", "decoder", "type"), tokenizers.ErrUnsupported, "decoder.type"},
		"ids with a hole":              {change(9999, "model", "vocab", "hello"), tokenizers.ErrVocabulary, `"hello" has id 9999`},
		"an id twice":                  {change(7, "model", "vocab", "hello"), tokenizers.ErrVocabulary, "share id 7"},
		"an id that is none":           {change("x", "model", "vocab", "hello"), tokenizers.ErrVocabulary, `"hello"`},
		"a piece twice":                {only(strings.Replace(full, `"hello":`, `"world":`, 1)), tokenizers.ErrVocabulary, `"world" is there twice`},
		"a wrong type":                 {change("yes", "normalizer", "lowercase"), tokenizers.ErrUnsupported, "normalizer.lowercase"},
		"an added token's id":          {only(edit(t, full, []any{object{"id": 3, "content": "new"}}, "added_tokens")), tokenizers.ErrConflict, `"new" has id 3`},
		"a single word":                {only(edit(t, full, []any{object{"id": 0, "content": "[PAD]", "single_word": true}}, "added_tokens")), tokenizers.ErrUnsupported, "single_word"},
		"cut short":                    {only(full[:len(full)/2]), nil, "cut short"},
		"a page":                       {only("<!DOCTYPE html><p>Sign in"), nil, "HTML page"},
		"a page for a vocabulary":      {map[string]string{"vocab.txt": "<html>"}, tokenizers.ErrVocabulary, "HTML page"},
		"a pointer":                    {map[string]string{"vocab.txt": "version https://git-lfs.github.com/spec/v1\n"}, tokenizers.ErrVocabulary, "Git LFS pointer"},
		"an empty vocabulary":          {map[string]string{"vocab.txt": ""}, tokenizers.ErrVocabulary, "empty"},
		"a line twice and a new token": {map[string]string{"vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nb\n", "tokenizer_config.json": `{"bos_token": "<s>"}`}, tokenizers.ErrVocabulary, `"<s>" gets the id 7 in transformers, which the piece "b" has`},
		"a vocabulary cut short":       {map[string]string{"vocab.txt": "[PAD]\n[UNK]\n[CLS]\n"}, tokenizers.ErrSpecialToken, "[SEP]"},
		"GPT-2's class":                {configured("GPT2Tokenizer", "tokenizer_class"), tokenizers.ErrUnsupported, `tokenizer_class: is "GPT2Tokenizer"`},
		"a class without its file":     {configured("PreTrainedTokenizerFast", "tokenizer_class"), tokenizers.ErrUnsupported, "tokenizer.json"},
		"no basic tokenizer":           {configured(false, "do_basic_tokenize"), tokenizers.ErrUnsupported, "do_basic_tokenize"},
		"cut at the left":              {configured("left", "truncation_side"), tokenizers.ErrUnsupported, "truncation_side"},
		"words never split":            {configured([]any{"new-york"}, "never_split"), tokenizers.ErrUnsupported, "never_split"},
		"an added token's key":         {configured(object{"x": object{"content": "y"}}, "added_tokens_decoder"), tokenizers.ErrUnsupported, "added_tokens_decoder"},
		"an added token far off":       {configured(object{"99999": object{"content": "y"}}, "added_tokens_decoder"), tokenizers.ErrConflict, "99999"},
		"a config's wrong type":        {configured("no", "do_lower_case"), tokenizers.ErrUnsupported, "do_lower_case"},
		"case against case":            {beside(true, "do_lower_case"), tokenizers.ErrConflict, "do_lower_case: is true, but tokenizer.json beside it says false"},
		"accents against accents":      {beside(true, "strip_accents"), tokenizers.ErrConflict, "strip_accents"},
		"ideographs against":           {beside(false, "tokenize_chinese_chars"), tokenizers.ErrConflict, "tokenize_chinese_chars"},
		"special against special":      {beside("<s>", "cls_token"), tokenizers.ErrConflict, "cls_token"},
		"vocabulary against the other": {map[string]string{"vocab.txt": strings.Replace(vocab, "hello", "hallo", 1), "tokenizer.json": full}, tokenizers.ErrConflict, `"hallo"`},
		"a shorter vocabulary":         {map[string]string{"vocab.txt": strings.TrimSuffix(vocab, "##ı\n"), "tokenizer.json": full}, tokenizers.ErrConflict, "cut short"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, c.files)
			_, err := tokenizers.Open(dir)
			if err == nil || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("want %v with %q and the file's name, got: %v", c.kind, c.want, err)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	files := saved(f, "mini-added")
	f.Add([]byte(files["tokenizer.json"]), []byte(files["tokenizer_config.json"]), []byte(files["vocab.txt"]))
	f.Add([]byte(`{"model":{"type":"WordPiece","vocab":{"a":0}}}`), []byte(`{"cls_token":{"content":"x"},"added_tokens_decoder":{"1":null}}`), []byte("[PAD]\n"))
	f.Add([]byte(nil), []byte(`{"do_lower_case":true}`), []byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"))
	f.Fuzz(func(t *testing.T, full, config, vocab []byte) {
		dir := folder(t, map[string]string{"tokenizer_config.json": string(config), "vocab.txt": string(vocab)})
		if len(full) > 0 {
			if err := os.WriteFile(filepath.Join(dir, "tokenizer.json"), full, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var tok *tokenizers.Tokenizer
		var err error
		memorytest.Bounded(t, len(full)+len(config)+len(vocab), func() { tok, err = tokenizers.Open(dir) })
		if err != nil {
			return
		}
		out := t.TempDir()
		if err := tok.Save(out, 0); err != nil {
			t.Fatal(err)
		}
		again, err := tokenizers.Open(out)
		if err != nil {
			t.Fatalf("what was opened and saved cannot be opened: %v", err)
		}
		const text = "Hello, CAFÉ [MASK] of \x01the 中国!"
		if !slices.Equal(tok.Encode(text, 0), again.Encode(text, 0)) {
			t.Fatal("what was opened and saved reads differently")
		}
	})
}

// TestOpenReportsAllProblems: problems of one reading step are in one error.
func TestOpenReportsAllProblems(t *testing.T) {
	good := saved(t, "mini-cased")
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"tokenizer_config.json": {
			map[string]string{"vocab.txt": good["vocab.txt"], "tokenizer_config.json": `{"do_basic_tokenize": false, "tokenizer_class": "GPT2Tokenizer", "truncation_side": "left", "strip_accents": "no", "cls_token": ""}`},
			[]string{"tokenizer_config.json: do_basic_tokenize: ", "tokenizer_config.json: tokenizer_class: ", "tokenizer_config.json: truncation_side: ", "tokenizer_config.json: strip_accents: ", "tokenizer_config.json: cls_token: "},
		},
		"tokenizer.json": {
			map[string]string{"tokenizer.json": edit(t, edit(t, edit(t, good["tokenizer.json"], "BPE", "model", "type"), "NFC", "normalizer", "type"), "ByteLevel", "decoder", "type")},
			[]string{"tokenizer.json: model.type: ", "tokenizer.json: normalizer.type: ", "tokenizer.json: decoder.type: "},
		},
		"vocabulary of tokenizer.json": {
			map[string]string{"tokenizer.json": edit(t, edit(t, good["tokenizer.json"], 9999, "model", "vocab", "hello"), -1, "model", "vocab", "world")},
			[]string{`"hello" has id 9999`, `"world" has id -1`},
		},
		"two files": {
			map[string]string{"tokenizer.json": good["tokenizer.json"], "tokenizer_config.json": edit(t, edit(t, good["tokenizer_config.json"], true, "do_lower_case"), false, "tokenize_chinese_chars")},
			[]string{"do_lower_case: is true", "tokenize_chinese_chars: is false"},
		},
		"special tokens": {
			map[string]string{"vocab.txt": "[PAD]\n[UNK]\na\n"},
			[]string{`"[CLS]" (CLS), "[SEP]" (SEP), "[MASK]" (MASK)`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tokenizers.Open(folder(t, c.files))
			for _, text := range c.want {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not contain %q: %v", text, err)
				}
			}
		})
	}
}

// TestNewReportsAllProblems lists the problems of a vocabulary, ten at most.
func TestNewReportsAllProblems(t *testing.T) {
	_, err := tokenizers.New([]string{"[PAD]", "", "a", "a", "[UNK]"}, tokenizers.Options{})
	for _, text := range []string{"vocabulary:2: ", "vocabulary:4: "} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not contain %q: %v", text, err)
		}
	}
	_, err = tokenizers.New(make([]string, 1000), tokenizers.Options{})
	if err == nil || strings.Count(err.Error(), "\n") != 9 {
		t.Errorf("got %v, want ten problems", err)
	}
}
