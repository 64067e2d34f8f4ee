package tokenizers

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// source holds what a saved tokenizer keeps of the files that it was opened from.
type source struct {
	class  string // of transformers; "" if the files name none
	kind   classKind
	fields map[string]json.RawMessage // of tokenizer_config.json
	full   map[string]json.RawMessage // of tokenizer.json; nil if there was none
}

// source returns what a saved tokenizer keeps; full holds the fields of tokenizer.json, or
// is nil.
func (c *tokenizerConfig) source(full map[string]json.RawMessage) *source {
	return &source{class: c.class, kind: c.kind, fields: c.kept(), full: full}
}

// Save writes the tokenizer's files in the hub's layout into the folder dir, which must
// exist: tokenizer.json, tokenizer_config.json and vocab.txt. [Open], transformers and
// tokenizers read the same tokenizer from them. Fields of the files that the tokenizer was
// opened from are kept, the class included; the class becomes PreTrainedTokenizerFast if
// BertTokenizer would compute other ids. Each file is replaced atomically.
//
// maxLength is the model's maximum input length in tokens. Save writes it as
// model_max_length unless the opened files state one; 0 means unknown, and writes none.
func (t *Tokenizer) Save(dir string, maxLength int) error {
	full, err := t.marshal()
	if err != nil {
		return err
	}
	config, err := marshalIndent(t.configFields(maxLength))
	if err != nil {
		return err
	}
	vocab := strings.Join(t.vocab.pieces, "\n") + "\n"
	for _, file := range []struct {
		name string
		text []byte
	}{{modelfolder.VocabFile, []byte(vocab)}, {modelfolder.TokenizerConfigFile, config}, {modelfolder.TokenizerFile, full}} {
		if err := atomicfile.Write(filepath.Join(dir, file.name), file.text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// configFields returns the fields of tokenizer_config.json.
func (t *Tokenizer) configFields(maxLength int) map[string]any {
	o := t.opts
	fields := map[string]any{
		"do_lower_case": o.Lowercase, "strip_accents": o.StripAccents, "tokenize_chinese_chars": !o.KeepChineseWords,
		"cls_token": o.CLS, "sep_token": o.SEP, "pad_token": o.PAD, "mask_token": o.MASK, "unk_token": o.UNK,
	}
	class, plain := "", true
	if t.source != nil {
		for name, value := range t.source.fields {
			if string(value) != "null" || fields[name] == nil {
				fields[name] = value
			}
		}
		class, plain = t.source.class, t.source.kind != fileClass
	}
	if plain && (o.KeepControls || o.KeepSpaces || o.Prefix != "##" || o.MaxWordRunes != maxWordRunes) {
		class = fastClass
	}
	if class == "" {
		class = bertClasses[0]
	}
	fields["tokenizer_class"] = class
	if maxLength > 0 && !hasMaxLength(fields) {
		fields["model_max_length"] = maxLength
	}
	return fields
}

// hasMaxLength reports whether tokenizer_config.json states the maximum input length.
// transformers writes 1e30 for an unknown length.
func hasMaxLength(fields map[string]any) bool {
	const unknown = 1e20
	for _, name := range []string{"model_max_length", "max_len"} {
		raw, ok := fields[name].(json.RawMessage)
		var length float64
		if ok && json.Unmarshal(raw, &length) == nil && length > 0 && length <= unknown {
			return true
		}
	}
	return false
}

// marshal returns the text of tokenizer.json.
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
	if t.source != nil && t.source.full != nil {
		out := object{}
		for name, value := range t.source.full {
			out[name] = value
		}
		out["added_tokens"] = added
		return marshalIndent(out)
	}
	vocab := make(map[string]int32, len(t.vocab.pieces))
	for id, piece := range t.vocab.pieces {
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

// marshalIndent is json.MarshalIndent that does not escape < > &.
func marshalIndent(value any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(value)
	return out.Bytes(), err
}
