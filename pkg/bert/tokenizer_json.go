package bert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// tokenizerJSON is tokenizer.json, the file of Rust's tokenizers library, as far
// as it describes BERT's tokenizer.
type tokenizerJSON struct {
	Added      []fileToken `json:"added_tokens"`
	Normalizer *struct {
		Type         string `json:"type"`
		CleanText    *bool  `json:"clean_text"`
		Chinese      *bool  `json:"handle_chinese_chars"`
		StripAccents *bool  `json:"strip_accents"`
		Lowercase    *bool  `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer  *typed         `json:"pre_tokenizer"`
	PostProcessor *postProcessor `json:"post_processor"`
	Decoder       *struct {
		Type    string `json:"type"`
		Cleanup *bool  `json:"cleanup"`
	} `json:"decoder"`
	Model *struct {
		Type     string          `json:"type"`
		Unknown  string          `json:"unk_token"`
		Prefix   *string         `json:"continuing_subword_prefix"`
		MaxRunes *int            `json:"max_input_chars_per_word"`
		Vocab    json.RawMessage `json:"vocab"`
	} `json:"model"`
}

type typed struct {
	Type string `json:"type"`
}

// parseTokenizerJSON reads a tokenizer.json, and refuses every kind of tokenizer
// that this package would imitate wrongly.
func parseTokenizerJSON(data []byte) ([]string, TokenizerOptions, error) {
	var file tokenizerJSON
	if err := unmarshalTokenizer(data, &file); err != nil {
		return nil, TokenizerOptions{}, err
	}
	if err := file.checkKinds(); err != nil {
		return nil, TokenizerOptions{}, err
	}
	opts := TokenizerOptions{UNK: file.Model.Unknown, Prefix: *file.Model.Prefix, MaxWordRunes: *file.Model.MaxRunes}
	n := file.Normalizer
	opts.Lowercase, opts.KeepControls, opts.KeepChineseWords = *n.Lowercase, !*n.CleanText, !*n.Chinese
	opts.StripAccents = n.StripAccents
	opts.KeepSpaces = file.Decoder != nil && file.Decoder.Cleanup != nil && !*file.Decoder.Cleanup
	var err error
	if opts.CLS, opts.SEP, err = file.PostProcessor.specials(); err != nil {
		return nil, opts, err
	}
	vocab, err := parseVocabObject(file.Model.Vocab)
	if err != nil {
		return nil, opts, err
	}
	opts.Added, err = addedOfJSON(file.Added, vocab)
	return vocab, opts, err
}

func (f *tokenizerJSON) checkKinds() error {
	refuse := func(field, found, expected string) error {
		if found == "" {
			found = "missing"
		}
		return &TokenizerError{Field: field, Kind: ErrTokenizerKind, Reason: fmt.Sprintf("is %s, expected %s: only tokenizers of BERT's kind are supported", found, expected)}
	}
	switch {
	case f.Model == nil:
		return refuse("model", "", "WordPiece")
	case f.Model.Type != "WordPiece" && (f.Model.Type != "" || f.Model.MaxRunes == nil): // old files leave it out
		return refuse("model.type", f.Model.Type, "WordPiece")
	case f.Model.MaxRunes == nil:
		return refuse("model.max_input_chars_per_word", "", "a number")
	case *f.Model.MaxRunes < 1:
		return refuse("model.max_input_chars_per_word", fmt.Sprint(*f.Model.MaxRunes), "1 or more")
	case f.Model.Prefix == nil || *f.Model.Prefix == "":
		return refuse("model.continuing_subword_prefix", "", "a text such as \"##\"")
	case f.Model.Unknown == "":
		return refuse("model.unk_token", "", "a piece")
	case f.Normalizer == nil:
		return refuse("normalizer", "", "BertNormalizer")
	case f.Normalizer.Type != "BertNormalizer":
		return refuse("normalizer.type", f.Normalizer.Type, "BertNormalizer")
	case f.Normalizer.CleanText == nil, f.Normalizer.Chinese == nil, f.Normalizer.Lowercase == nil:
		return refuse("normalizer", "without one of clean_text, handle_chinese_chars, lowercase", "true or false for each")
	case f.PreTokenizer == nil:
		return refuse("pre_tokenizer", "", "BertPreTokenizer")
	case f.PreTokenizer.Type != "BertPreTokenizer":
		return refuse("pre_tokenizer.type", f.PreTokenizer.Type, "BertPreTokenizer")
	case f.PostProcessor == nil:
		return refuse("post_processor", "", "TemplateProcessing or BertProcessing")
	case f.Decoder != nil && f.Decoder.Type != "WordPiece":
		return refuse("decoder.type", f.Decoder.Type, "WordPiece")
	}
	return nil
}

// addedOfJSON checks that the ids of added tokens are those that NewTokenizer gives.
func addedOfJSON(tokens []fileToken, vocab []string) ([]AddedToken, error) {
	ids := make(map[string]int32, len(vocab))
	for id, piece := range vocab {
		ids[piece] = int32(id)
	}
	next := int32(len(vocab))
	var added []AddedToken
	for _, token := range tokens {
		want, ok := ids[token.Content]
		if !ok {
			want = next
			next++
		}
		switch {
		case token.SingleWord:
			return nil, &TokenizerError{Field: "added_tokens", Kind: ErrTokenizerKind, Reason: singleWord(token.Content)}
		case token.ID != want:
			return nil, &TokenizerError{Field: "added_tokens", Kind: ErrTokenizerConflict, Reason: fmt.Sprintf(
				"the token %q has id %d, expected %d: that of the vocabulary or, if it is not in it, the next free one", token.Content, token.ID, want)}
		}
		added = append(added, token.AddedToken)
	}
	return added, nil
}

// parseVocabObject reads {"piece": id, ...} in the order of ids. Unlike a map, it
// sees a piece that is there twice.
func parseVocabObject(data []byte) ([]string, error) {
	bad := func(format string, args ...any) error {
		return &TokenizerError{Field: "model.vocab", Kind: ErrVocabulary, Reason: fmt.Sprintf(format, args...)}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, bad("is missing or no object; expected {\"piece\": id, ...}")
	}
	ids := map[string]int{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, bad("%v", err)
		}
		var id int
		if err := dec.Decode(&id); err != nil {
			return nil, bad("the id of %q is not a whole number", key)
		}
		piece := key.(string)
		if before, twice := ids[piece]; twice {
			return nil, bad("the piece %q is there twice, with ids %d and %d", piece, before, id)
		}
		ids[piece] = id
	}
	vocab, taken := make([]string, len(ids)), make([]bool, len(ids))
	for piece, id := range ids {
		if id < 0 || id >= len(ids) {
			return nil, bad("%q has id %d, but there are %d pieces; expected the ids 0 to %d, each once", piece, id, len(ids), len(ids)-1)
		}
		if taken[id] {
			return nil, bad("%q and %q share id %d", min(piece, vocab[id]), max(piece, vocab[id]), id)
		}
		vocab[id], taken[id] = piece, true
	}
	return vocab, nil
}

// unmarshalTokenizer decodes JSON, and names the field whose type is wrong.
func unmarshalTokenizer(data []byte, into any) error {
	if reason := notText(data, "JSON"); reason != "" {
		return &TokenizerError{Reason: reason}
	}
	err := json.Unmarshal(data, into)
	if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) {
		return &TokenizerError{Field: strings.TrimPrefix(te.Field, "."), Reason: fmt.Sprintf("is a JSON %s, expected %s", te.Value, te.Type), Kind: ErrTokenizerKind}
	}
	if err != nil {
		return &TokenizerError{Reason: "is not JSON, or cut short: " + err.Error()}
	}
	return nil
}
