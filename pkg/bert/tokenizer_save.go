package bert

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Save writes the tokenizer into the folder dir, in the hub's layout: tokenizer.json,
// tokenizer_config.json and vocab.txt. OpenTokenizer reads the same tokenizer back,
// and so do transformers and Rust's tokenizers. Each file appears whole or not at all.
func (t *Tokenizer) Save(dir string) error {
	full, err := t.marshal()
	if err != nil {
		return err
	}
	config, err := marshalIndent(map[string]any{
		"tokenizer_class": "BertTokenizer", "do_lower_case": t.opts.Lowercase, "strip_accents": t.opts.StripAccents,
		"tokenize_chinese_chars": !t.opts.KeepChineseWords,
		"cls_token":              t.opts.CLS, "sep_token": t.opts.SEP, "pad_token": t.opts.PAD, "mask_token": t.opts.MASK, "unk_token": t.opts.UNK,
	})
	if err != nil {
		return err
	}
	vocab := strings.Join(t.pieces[:t.model], "\n") + "\n"
	for _, file := range []struct {
		name string
		text []byte
	}{{vocabFile, []byte(vocab)}, {"tokenizer_config.json", config}, {"tokenizer.json", full}} {
		if err := renameio.WriteFile(filepath.Join(dir, file.name), file.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// marshal is the text of tokenizer.json, as tokenizerJSON reads it.
func (t *Tokenizer) marshal() ([]byte, error) {
	type object = map[string]any
	special := func(token string, kind int) object {
		return object{"SpecialToken": object{"id": token, "type_id": kind}}
	}
	sequence := func(name string, kind int) object {
		return object{"Sequence": object{"id": name, "type_id": kind}}
	}
	named := func(token string) object {
		return object{"id": token, "ids": []int32{t.ids[token]}, "tokens": []string{token}}
	}
	o := t.opts
	added := make([]fileToken, len(o.Added))
	for i, a := range o.Added {
		added[i] = fileToken{AddedToken: a, ID: t.ids[a.Content]}
	}
	vocab := make(map[string]int32, t.model)
	for id, piece := range t.pieces[:t.model] {
		vocab[piece] = int32(id)
	}
	return marshalIndent(object{
		"version": "1.0", "truncation": nil, "padding": nil, "added_tokens": added,
		"normalizer": object{
			"type": "BertNormalizer", "clean_text": !o.KeepControls, "handle_chinese_chars": !o.KeepChineseWords,
			"strip_accents": o.StripAccents, "lowercase": o.Lowercase,
		},
		"pre_tokenizer": object{"type": "BertPreTokenizer"},
		"post_processor": object{
			"type":           "TemplateProcessing",
			"single":         []object{special(o.CLS, 0), sequence("A", 0), special(o.SEP, 0)},
			"pair":           []object{special(o.CLS, 0), sequence("A", 0), special(o.SEP, 0), sequence("B", 1), special(o.SEP, 1)},
			"special_tokens": object{o.CLS: named(o.CLS), o.SEP: named(o.SEP)},
		},
		"decoder": object{"type": "WordPiece", "prefix": o.Prefix, "cleanup": !o.KeepSpaces},
		"model": object{
			"type": "WordPiece", "unk_token": o.UNK, "continuing_subword_prefix": o.Prefix,
			"max_input_chars_per_word": o.MaxWordRunes, "vocab": vocab,
		},
	})
}

// marshalIndent keeps < > & readable, unlike json.MarshalIndent.
func marshalIndent(value any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(value)
	return out.Bytes(), err
}
